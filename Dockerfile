# syntax=docker/dockerfile:1
# docs/operations.md, "Deploy", explains how to use it. Keep secrets out of the image: they come as files at run time.

FROM oven/bun:1.4.5-slim AS build
WORKDIR /app
COPY package.json bun.lock ./
# The install patches the database driver.
COPY src/db/patches ./src/db/patches
RUN bun install --frozen-lockfile --production
COPY tsconfig.json CHANGELOG.md LICENSE THIRD-PARTY-NOTICES ./
COPY public ./public
COPY src ./src
# Build now, so that the server writes nothing at startup: the root file system can be read-only.
RUN bun run build
# Read only by the build and by compilers.
RUN cd node_modules && rm -rf sass immutable @parcel @uswds lit lit-element lit-html @lit @lit-labs htmx.org \
    typescript @typescript bun-types @types csstype

FROM oven/bun:1.4.5-slim
WORKDIR /app
COPY --from=build /app ./
RUN mkdir /data && chown bun:bun /data
# Freed memory is kept for ten seconds (docs/performance.md).
ENV NODE_ENV=production \
    MIMALLOC_PURGE_DELAY=10000 \
    HOST=0.0.0.0 \
    PORT=9000 \
    DATA_DIR=/data \
    LOG_FORMAT=json
USER bun
VOLUME /data
EXPOSE 9000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["bun", "-e", "process.exit((await fetch(`http://127.0.0.1:${process.env.PORT}/livez`)).ok ? 0 : 1)"]
CMD ["bun", "src/server.ts"]
