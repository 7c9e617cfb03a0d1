import type { Reply } from "./scenario.ts";

/** Makes the response of a reply, with the headers every answer of the backend has. */
export function toResponse(
  reply: Reply,
  cookies: readonly string[] = [],
  stream?: ReadableStream<Uint8Array>,
): Response {
  const headers = new Headers(reply.headers ?? {});
  if (!headers.has("cf-ray")) headers.set("cf-ray", "8f3a1b2c4d5e0000-FRA");
  if (!headers.has("cache-control")) {
    headers.set("cache-control", "no-store, no-transform");
  }
  for (const line of cookies) headers.append("set-cookie", line);
  const status = reply.status ?? 200;
  const text = typeof reply.body === "string" && status !== 304
    ? reply.body
    : null;
  return new Response(stream ?? text, { status, headers });
}
