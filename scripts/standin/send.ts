import { type Exchange, silence } from "./record.ts";
import type { Reply } from "./scenario.ts";
import { promisesMore, stepStream } from "./step_stream.ts";
import { toResponse } from "./to_response.ts";

/** What goes with an answer of the backend. */
export interface SendOptions {
  /** The `Set-Cookie` lines. */
  readonly cookies: readonly string[];
  /** Called when a text, or the last step of a stream, has been handed over. */
  readonly ended?: () => void;
}

/** Sends a reply, whether its body is a text, a stream of steps, or never comes. */
export async function send(
  exchange: Exchange,
  reply: Reply,
  { cookies, ended }: SendOptions,
): Promise<Response> {
  if (reply.silent) return await silence(exchange);
  if (typeof reply.body === "string") {
    ended?.();
    return toResponse(reply, cookies);
  }
  exchange.stream();
  const stream = stepStream(reply.body, exchange.gone, {
    ended: () => ended?.(),
    closed: () => exchange.finish(),
    left: () => exchange.leave(),
  });
  const headers = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    ...(promisesMore(reply.body) ? { "content-length": "1000000000" } : {}),
    ...reply.headers,
  };
  return toResponse({ ...reply, headers, body: "" }, cookies, stream);
}
