import { connect as connectPlainly, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { PeerIssuer } from "./host.ts";
import { defaultPort } from "./http/proxy.ts";

/** How long a person may be kept waiting for a detail, in milliseconds. */
const PATIENCE_MS = 3_000;

/**
 * Who issued the certificate that a server shows, trusted or not; undefined where that cannot be seen. This is a
 * handshake and nothing more: no request is sent over the connection, which nobody vouches for.
 */
export async function peerIssuer(
  target: URL,
  { proxy, signal }: {
    readonly proxy: URL | undefined;
    readonly signal: AbortSignal;
  },
): Promise<PeerIssuer | undefined> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  let socket: Socket | undefined;
  try {
    socket = await open(proxy ?? target, late);
    if (proxy !== undefined) await tunnel(socket, { target, proxy }, late);
    return await issuerOn(socket, target, late);
  } catch {
    return undefined;
  } finally {
    socket?.destroy();
  }
}

function open(to: URL, late: AbortSignal): Promise<Socket> {
  if (to.protocol === "https:" || to.protocol === "http:") {
    const port = Number(to.port) || defaultPort(to);
    const socket = connectPlainly({ host: bare(to.hostname), port });
    return event(socket, { name: "connect", late, take: () => socket });
  }
  return Promise.reject(new Error("no such proxy"));
}

/** Asks a proxy for a way to the server (RFC 9110, section 9.3.6). */
async function tunnel(
  socket: Socket,
  { target, proxy }: { readonly target: URL; readonly proxy: URL },
  late: AbortSignal,
): Promise<void> {
  if (proxy.protocol !== "http:") throw new Error("no such proxy");
  const authority = `${target.hostname}:${target.port || defaultPort(target)}`;
  const user = `${decodeURIComponent(proxy.username)}:${
    decodeURIComponent(proxy.password)
  }`;
  const proof = user === ":"
    ? ""
    : `Proxy-Authorization: Basic ${
      new TextEncoder().encode(user).toBase64()
    }\r\n`;
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proof}\r\n`,
  );
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    if (head.length > 16_384) throw new Error("an endless head");
    head += await event(socket, { name: "data", late, take: String });
  }
  if (!/^HTTP\/1\.\d 2\d\d/.test(head)) throw new Error("refused");
}

async function issuerOn(
  socket: Socket,
  target: URL,
  late: AbortSignal,
): Promise<PeerIssuer | undefined> {
  const host = bare(target.hostname);
  const isAddress = /^[\d.]+$|:/.test(host);
  const secured: TLSSocket = connect({
    socket,
    rejectUnauthorized: false,
    ...isAddress ? {} : { servername: host },
  });
  try {
    return await event(secured, {
      name: "secureConnect",
      late,
      take: () => {
        // Typed as if there always were one.
        const issuer: unknown = secured.getPeerCertificate()?.issuer;
        return readIssuer(issuer);
      },
    });
  } finally {
    secured.destroy();
  }
}

function readIssuer(issuer: unknown): PeerIssuer | undefined {
  if (typeof issuer !== "object" || issuer === null) return undefined;
  const { CN, O }: { CN?: unknown; O?: unknown } = issuer;
  const commonName = typeof CN === "string" ? CN : undefined;
  const organization = typeof O === "string" ? O : undefined;
  return { commonName, organization };
}

/** The first event of a name; fails at an error, at the end, and when it is late. */
function event<T>(
  socket: Socket,
  { name, late, take }: {
    readonly name: string;
    readonly late: AbortSignal;
    readonly take: (value: unknown) => T;
  },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error("no answer"));
    socket.once(name, (value: unknown) => resolve(take(value)));
    socket.once("error", fail);
    socket.once("close", fail);
    late.addEventListener("abort", fail, { once: true });
  });
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}
