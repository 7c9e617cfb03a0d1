import { delay } from "./delay.ts";

/** A service whose answer never ends, sent as fast as it is taken. */
export interface Flood extends AsyncDisposable {
  readonly baseUrl: URL;
  /** Bytes of text taken by the client's side so far; its sockets hold some of them. */
  readonly sent: number;
  /** Resolves once nothing more has been taken for a while. */
  stalled(): Promise<void>;
  /** Resolves when the client has left. */
  readonly left: Promise<void>;
}

const LINE = `${"flood ".repeat(166)}.\n`;

/** A quiet this long is a stall. On a slow machine it may be none yet, which makes no test fail. */
const QUIET_MS = 500;

/** Starts it on loopback. */
export function startFlood(): Flood {
  const event = JSON.stringify({
    type: "response.output_text.delta",
    item_id: "msg_1",
    output_index: 0,
    delta: LINE,
  });
  const count = 64;
  const block = new TextEncoder().encode(`data: ${event}\n\n`.repeat(count));
  const left = Promise.withResolvers<void>();
  let sent = 0;
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    await request.arrayBuffer();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller): void => {
        controller.enqueue(block);
        sent += LINE.length * count;
      },
      cancel: () => left.resolve(),
    }, { highWaterMark: 0 });
    const headers = { "content-type": "text/event-stream" };
    return new Response(body, { headers });
  });
  return {
    baseUrl: new URL(`http://127.0.0.1:${server.addr.port}`),
    get sent() {
      return sent;
    },
    stalled: async () => {
      for (let before = -1; before !== sent;) {
        before = sent;
        await delay(QUIET_MS);
      }
    },
    left: left.promise,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
