import { lookup } from "node:dns";
import type { Web, WebAnswer } from "./host.ts";
import { defaultPort, findProxy } from "./http/proxy.ts";

/** How long one address may take to be reached, in milliseconds. */
const CONNECT_MS = 10_000;
const LONGEST_HEAD = 8_192;

/** Answers {@linkcode Web} with the runtime's `fetch`, which `prepare` makes ready for a URL. */
export function denoWeb({ env, prepare }: {
  readonly env: (name: string) => string | undefined;
  readonly prepare: (url: URL) => Promise<void>;
}): Web {
  const hasProxy = (url: URL): boolean => findProxy(url, env) !== undefined;
  return {
    hasProxy,
    resolve,
    get: async (url, options) => {
      await prepare(url);
      if (hasProxy(url)) return await get(url, options);
      await using relay = openRelay(url, options);
      return await get(url, { ...options, client: relay.client });
    },
  };
}

function resolve(name: string): Promise<readonly string[]> {
  return new Promise((settle) => {
    lookup(name, { all: true }, (error, found) => {
      settle(error ? [] : found.map(({ address }) => address));
    });
  });
}

/** Gets as much of an answer as is asked for. */
async function get(
  url: URL,
  { headers, maxBytes, signal, client }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly maxBytes: number;
    readonly signal: AbortSignal;
    readonly client?: Deno.HttpClient;
  },
): Promise<WebAnswer> {
  const response = await fetch(url, {
    headers,
    redirect: "manual",
    credentials: "omit",
    signal,
    ...client === undefined ? {} : { client },
  });
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    length += piece.length;
    // Leaving the loop ends the body.
    if (length > maxBytes) break;
  }
  const all = new Uint8Array(await new Blob(pieces).arrayBuffer());
  const { status, headers: told } = response;
  const cut = length > maxBytes;
  return { status, headers: told, bytes: all.subarray(0, maxBytes), cut };
}

/** A way to certain addresses, whatever a name means. */
interface Relay extends AsyncDisposable {
  readonly client: Deno.HttpClient;
}

/**
 * Opens a listener on loopback through which a client of the runtime reaches one server at certain addresses: the runtime
 * looks up names by itself, at any time, but connects to a proxy that it is given by its address. For https, this one
 * answers CONNECT and then hands bytes on, so that the runtime checks the certificate against the name in the URL; for
 * http it hands them on from the first.
 */
function openRelay(
  url: URL,
  { addresses, signal }: {
    readonly addresses: readonly string[];
    readonly signal: AbortSignal;
  },
): Relay {
  const ended = new AbortController();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const isSecure = url.protocol === "https:";
  const serving = serve(listener, {
    addresses,
    port: Number(url.port) || defaultPort(url),
    authority: isSecure
      ? `${url.hostname}:${url.port || defaultPort(url)}`
      : undefined,
    signal: AbortSignal.any([signal, ended.signal]),
  });
  const proxy = isSecure
    ? { url: `http://${hostname}:${port}` }
    : { transport: "tcp", hostname, port } as const;
  const client = withoutExemptions(() => Deno.createHttpClient({ proxy }));
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      client.close();
      listener.close();
      ended.abort();
      await serving;
    },
  };
}

/** A client reads NO_PROXY when it is made, and would go past this proxy, too. */
function withoutExemptions<T>(make: () => T): T {
  const names = ["NO_PROXY", "no_proxy"] as const;
  const values = names.map((name) => Deno.env.get(name));
  for (const name of names) Deno.env.delete(name);
  try {
    return make();
  } finally {
    for (const [at, name] of names.entries()) {
      const value = values[at];
      if (value !== undefined) Deno.env.set(name, value);
    }
  }
}

/** Where a relay leads. */
interface Target {
  readonly addresses: readonly string[];
  readonly port: number;
  /** What CONNECT must name; undefined where there is none. */
  readonly authority: string | undefined;
  readonly signal: AbortSignal;
}

async function serve(listener: Deno.TcpListener, to: Target): Promise<void> {
  const links: Promise<void>[] = [];
  try {
    for await (const near of listener) links.push(link(near, to));
  } catch {
    // It was closed.
  }
  await Promise.all(links);
}

/** Hands on what one connection brings; any program of this machine may make one, and reaches no more than it can anyway. */
async function link(near: Deno.TcpConn, to: Target): Promise<void> {
  let far: Deno.TcpConn | undefined;
  try {
    if (to.authority !== undefined) await demandConnect(near, to.authority);
    far = await connect(to);
    if (to.authority !== undefined) await write(near, "200 Connected");
    const { signal } = to;
    await Promise.all([
      near.readable.pipeTo(far.writable, { signal }),
      far.readable.pipeTo(near.writable, { signal }),
    ]);
  } catch {
    // The request fails by itself, or has ended.
  } finally {
    close(near);
    close(far);
  }
}

/** Reads the head of a CONNECT request (RFC 9110, section 9.3.6). */
async function demandConnect(
  near: Deno.TcpConn,
  authority: string,
): Promise<void> {
  const bytes = new Uint8Array(LONGEST_HEAD);
  let head = "";
  for (let length = 0; !head.includes("\r\n\r\n");) {
    const count = await near.read(bytes.subarray(length));
    if (count === null || count === 0) throw new Error("no request");
    length += count;
    head = new TextDecoder().decode(bytes.subarray(0, length));
  }
  if (!head.startsWith(`CONNECT ${authority} HTTP/1.1\r\n`)) {
    await write(near, "403 Forbidden");
    throw new Error("another server");
  }
}

async function write(near: Deno.TcpConn, status: string): Promise<void> {
  await near.write(new TextEncoder().encode(`HTTP/1.1 ${status}\r\n\r\n`));
}

/** Connects to the first address that answers. */
async function connect({ addresses, port }: Target): Promise<Deno.TcpConn> {
  let failure: unknown;
  for (const hostname of addresses) {
    try {
      return await orTooLate(Deno.connect({ hostname, port }));
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function orTooLate(
  connecting: Promise<Deno.TcpConn>,
): Promise<Deno.TcpConn> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("too late")), CONNECT_MS);
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    connecting.then(close, () => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The end of a stream has closed it already. */
function close(connection: Deno.TcpConn | undefined): void {
  try {
    connection?.close();
  } catch {
    // It is closed.
  }
}
