import type { Reply } from "./scenario.ts";

const EDGE: Readonly<Record<string, string>> = {
  "cf-ray": "8f3a1b2c4d5e0000-FRA",
  "cache-control": "no-store, no-transform",
};

/** Makes the response of a reply, with the headers every answer of the backend has unless it is to be bare. */
export function toResponse(
  reply: Reply,
  cookies: readonly string[] = [],
  stream?: ReadableStream<Uint8Array>,
): Response {
  const headers = new Headers(reply.headers ?? {});
  const edge = reply.bare ? {} : EDGE;
  for (const [name, value] of Object.entries(edge)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  for (const line of cookies) headers.append("set-cookie", line);
  const status = reply.status ?? 200;
  const text = typeof reply.body === "string" && status !== 304
    ? reply.body
    : null;
  return new Response(stream ?? text, { status, headers });
}
