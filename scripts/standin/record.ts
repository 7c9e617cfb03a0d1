import type { RecordedRequest } from "./types.ts";

/** A request being answered: its record, still open for writing. */
export interface Exchange {
  readonly url: URL;
  readonly record: OpenRecord;
  /** Aborted when the client has gone or the stand-in is closing. */
  readonly gone: AbortSignal;
  /** Notices a client that leaves before the head; only for answers that never come. */
  watch(): void;
  /** Says that more has become known of the request, for those who wait. */
  note(): void;
  /** Says that the answer goes on after the handler returned; `finish` must follow. */
  stream(): void;
  /** Says that the whole answer has been handed over. */
  finish(): void;
  /** Says that the client left before that. */
  leave(): void;
}

/** A record while its request is being answered. */
export type OpenRecord =
  & { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] }
  & { violations: string[] };

/** Where a server puts its records, and how it is told to stop. */
export interface RecorderOptions {
  readonly server: RecordedRequest["server"];
  readonly port: number;
  readonly requests: OpenRecord[];
  /** The number of the next arrival. */
  readonly arrival: () => number;
  readonly closing: AbortSignal;
  readonly now: () => number;
  /** Called when a request has arrived, and again when it has been answered or given up. */
  readonly changed: (request: RecordedRequest) => void;
}

/** Serves on loopback and records every request before it is answered. */
export function serveRecorded(
  options: RecorderOptions,
  answer: (exchange: Exchange) => Promise<Response> | Response,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    hostname: "127.0.0.1",
    port: options.port,
    signal: options.closing,
    onListen: () => {},
  }, async (request) => {
    const exchange = await openExchange(request, options);
    const { record } = exchange;
    if (record.aborted) return new Response(null, { status: 400 });
    let response: Response;
    try {
      response = await answer(exchange);
    } catch (error) {
      record.violations.push(
        `stand-in failed: ${error instanceof Error ? error.stack : error}`,
      );
      response = new Response("stand-in failed", { status: 500 });
    }
    if (!record.aborted) record.status = response.status;
    if (!streaming.has(exchange)) exchange.finish();
    return response;
  });
}

/** The violations of all requests, each with its request's method and path before it. */
export function allViolations(requests: readonly RecordedRequest[]): string[] {
  return requests.flatMap(({ method, path, violations }) =>
    violations.map((text) => `${method} ${path}: ${text}`)
  );
}

/** An answer that never comes, however long the client waits. */
export function silence(exchange: Exchange): Promise<never> {
  exchange.watch();
  // It must not settle even when the client has gone: Deno would take that for a good answer.
  return new Promise(() => {});
}

const streaming = new WeakSet<Exchange>();

async function openExchange(
  request: Request,
  options: RecorderOptions,
): Promise<Exchange> {
  const url = new URL(request.url);
  const left = new AbortController();
  const record: OpenRecord = {
    n: options.arrival(),
    at: options.now(),
    server: options.server,
    method: request.method,
    path: url.pathname,
    search: url.search,
    headers: request.headers,
    body: "",
    aborted: false,
    answered: false,
    status: 0,
    violations: [],
  };
  options.requests.push(record);
  const close = (): void => left.abort();
  options.closing.addEventListener("abort", close);
  // A benchmark asks thousands of times: what is over listens no more.
  const over = (): void => options.closing.removeEventListener("abort", close);
  const exchange: Exchange = {
    url,
    record,
    gone: left.signal,
    // Deno aborts this signal after good answers too, and warns about it: so it is not touched for those.
    watch: () =>
      request.signal.addEventListener("abort", () => exchange.leave(), {
        once: true,
      }),
    note: () => options.changed(record),
    stream: () => streaming.add(exchange),
    finish: () => {
      if (record.aborted || record.answered) return;
      over();
      record.answered = true;
      options.changed(record);
    },
    leave: () => {
      if (!record.answered && !record.aborted && !options.closing.aborted) {
        record.aborted = true;
        options.changed(record);
      }
      over();
      left.abort();
    },
  };
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await request.arrayBuffer());
  } catch {
    // The client was gone before its request was all there.
    exchange.leave();
    return exchange;
  }
  try {
    record.body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    record.body = new TextDecoder().decode(bytes);
    record.violations.push("the body is not UTF-8");
  }
  options.changed(record);
  return exchange;
}
