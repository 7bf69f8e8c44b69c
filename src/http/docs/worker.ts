/** The thread that makes large docs: see `in-worker.ts`. */
import type { DocsSource } from "../../domain/openapi/program-docs.ts";
import { packDocs } from "./pack-docs.ts";

declare const self: Worker;

self.onmessage = ({ data }: MessageEvent<DocsSource>) => self.postMessage(packDocs(data));
