/**
 * The service of the benchmarks, in a process of its own: it replays answers that were built before, over bare TCP, so
 * that what is measured is never its own work. It tells its port, and then one line of JSON for each request.
 *
 * @module
 */
import { type Answer, buildAnswer, SIZES } from "./answers.ts";
import { openClock } from "./clock.ts";
import { openLibc } from "./libc.ts";

/** What the server tells of one request, on the clock of `openClock`. */
export interface Served {
  /** When its last byte had arrived. */
  readonly arrivedAt: number;
  /** How long its body was. */
  readonly bodyBytes: number;
  /** It carried the cookie that the first response set. */
  readonly cookie: boolean;
  /** When each timed delta was handed to the socket. */
  readonly sentAt: readonly number[];
}

/** How long it is silent before a timed delta, in milliseconds. */
const SILENCE_MS = 40;
const END = new TextEncoder().encode("0\r\n\r\n");

const clock = openClock(openLibc());
const built = new Map<string, Answer>();

if (import.meta.main) await listen();

async function listen(): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  tell({ port: listener.addr.port });
  for await (const connection of listener) {
    connection.setNoDelay(true);
    serve(connection).catch(() => {}).finally(() => connection.close());
  }
}

async function serve(connection: Deno.TcpConn): Promise<void> {
  const request = await readRequest(connection);
  if (request === undefined) return;
  const answer = find(request.path);
  const { arrivedAt, bodyBytes, cookie } = request;
  if (answer === undefined) {
    tell({ ready: [...built.keys()] });
    await writeAll(connection, head("text/plain", false));
    return await writeAll(connection, END);
  }
  await writeAll(connection, head("text/event-stream", !cookie));
  const sentAt: number[] = [];
  for (const [n, bytes] of answer.writes.entries()) {
    if (answer.timed.has(n)) {
      await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
      sentAt.push(clock());
    }
    await writeAll(connection, bytes);
  }
  await writeAll(connection, END);
  tell({ arrivedAt, bodyBytes, cookie, sentAt });
}

interface BareRequest extends Omit<Served, "sentAt"> {
  readonly path: string;
}

/** Reads a request of HTTP/1.1 whose body has a length; of the body only that it has come. */
async function readRequest(
  connection: Deno.TcpConn,
): Promise<BareRequest | undefined> {
  const buffer = new Uint8Array(256 * 1024);
  const decoder = new TextDecoder("latin1");
  let head = "";
  let end = -1;
  while (end === -1) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    head += decoder.decode(buffer.subarray(0, count));
    end = head.indexOf("\r\n\r\n");
  }
  const lines = head.slice(0, end).split("\r\n");
  const bodyBytes = Number(
    lines.find((line) => /^content-length:/i.test(line))?.split(":")[1] ?? 0,
  );
  for (let left = bodyBytes - (head.length - end - 4); left > 0;) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    left -= count;
  }
  return {
    path: lines[0]?.split(" ")[1] ?? "",
    arrivedAt: clock(),
    bodyBytes,
    cookie: lines.some((line) => /^cookie:.*__cf_bm=/i.test(line)),
  };
}

/** An answer is built when it is first asked for, which is before the rounds begin. */
function find(path: string): Answer | undefined {
  const name = path.split("/")[1] ?? "";
  const size = SIZES[name];
  const found = built.get(name);
  if (found !== undefined || size === undefined) return found;
  const answer = buildAnswer(size);
  built.set(name, answer);
  return answer;
}

/** The head that the service's streams have, as far as a client acts on it. */
function head(type: string, cookie: boolean): Uint8Array {
  const lines = [
    "HTTP/1.1 200 OK",
    `content-type: ${type}`,
    "cache-control: no-cache",
    "x-codex-primary-used-percent: 12",
    "x-codex-primary-window-minutes: 300",
    "x-codex-primary-reset-at: 1790000000",
    "x-codex-secondary-used-percent: 34",
    "x-codex-secondary-window-minutes: 10080",
    "x-codex-secondary-reset-at: 1790000000",
    "x-codex-turn-state: bench",
    ...(cookie
      ? [
        "set-cookie: __cf_bm=bench; path=/; expires=Thu, 31 Dec 2099 00:00:00 GMT; HttpOnly",
      ]
      : []),
    "transfer-encoding: chunked",
    "connection: close",
    "",
    "",
  ];
  return new TextEncoder().encode(lines.join("\r\n"));
}

function tell(record: unknown): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}

async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}
