/** The methods of HTTP. In the log and the metrics, unknown methods are `other`. */

/** RFC 9110, section 9.3; PATCH is RFC 5789. */
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"] as const;

/** A method of HTTP, or `other`. */
export type Method = (typeof methods)[number] | "other";

/** Tells whether a request only reads. */
export function isReading({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

/** The method of a request. */
export function methodOf({ method }: Request): Method {
  return methods.find((known) => known === method) ?? "other";
}

/** The same request as GET: routes answer HEAD like it, and Bun sends the headers alone and stops a stream before it is read. */
export function asGet({ url, headers, signal }: Request): Request {
  return new Request(url, { headers, signal });
}
