import { MekaError } from "../../errors.ts";
import type { Fetch } from "../../http/fetch.ts";

/** How much a server may say for one thing that it is asked, in bytes. */
const MOST_SAID = 64 * 1024 * 1024;

/** What the SDK sends a request with. */
type SdkFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Makes the fetch of one connection to a server: it follows no redirect, with which headers would go elsewhere; ends a
 * server's words where they are far more than it was asked for; and answers a call whose answer breaks off, which would
 * wait for the rest otherwise.
 */
export function boundedFetch(fetch: Fetch, userAgent: string): SdkFetch {
  const budget = { left: MOST_SAID };
  return async (url, init) => {
    const request = new Request(url, { ...init, redirect: "manual" });
    request.headers.set("user-agent", userAgent);
    if (request.method === "POST") budget.left = MOST_SAID;
    const response = await fetch(request);
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw new MekaError(
        "network",
        "it answers with a redirect, and headers do not follow one",
      );
    }
    if (response.body === null) return response;
    const type = response.headers.get("content-type") ?? "";
    const streams = type.startsWith("text/event-stream");
    const id = streams ? idOf(init?.body) : undefined;
    const { status, statusText, headers } = response;
    const body = response.body
      .pipeThrough(spend(budget));
    return new Response(
      id === undefined ? body : ReadableStream.from(answering(body, id)),
      { status, statusText, headers },
    );
  };
}

function spend(
  budget: { left: number },
): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller): void {
      budget.left -= chunk.length;
      if (budget.left >= 0) controller.enqueue(chunk);
      else controller.error(new Error("The server says too much"));
    },
  });
}

/** The id of the request that a body holds, in JSON. */
function idOf(body: RequestInit["body"]): string | undefined {
  if (typeof body !== "string") return undefined;
  const message: unknown = JSON.parse(body);
  const isRequest = typeof message === "object" && message !== null &&
    "id" in message && "method" in message;
  return isRequest ? JSON.stringify(message.id) : undefined;
}

/** The events of a stream; where it breaks off, the last one says so in the name of the server. */
async function* answering(
  body: ReadableStream<Uint8Array>,
  id: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch {
    const error = '{"code":-32000,"message":"The connection broke"}';
    const message = `{"jsonrpc":"2.0","id":${id},"error":${error}}`;
    // Two lines' ends: what came last may be half an event.
    yield new TextEncoder().encode(`\n\ndata: ${message}\n\n`);
  }
}
