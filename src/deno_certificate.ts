import { connect as connectPlainly, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { PeerIssuer } from "./host.ts";
import { defaultPort } from "./http/proxy.ts";

/** How long a person may be kept waiting for a detail, in milliseconds. */
const PATIENCE_MS = 3_000;
const LONGEST_HEAD = 16_384;

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
  const to = proxy ?? target;
  if (proxy !== undefined && proxy.protocol !== "http:") return undefined;
  const late = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const port = Number(to.port) || defaultPort(to);
  const socket = connectPlainly({ host: bare(to.hostname), port });
  try {
    const request = proxy && tunnelRequest(target, proxy);
    return await new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error("no answer"));
      const shake = (): void => {
        const secured = handshake(socket, target);
        secured.once("error", fail);
        secured.once("secureConnect", () => {
          resolve(issuerOf(secured));
          secured.destroy();
        });
      };
      late.addEventListener("abort", fail, { once: true });
      socket.once("error", fail);
      socket.once("close", fail);
      socket.once("connect", () => {
        if (request === undefined) shake();
        else askForTunnel(socket, { request, shake, fail });
      });
    });
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

/** Asks a proxy for a way to the server (RFC 9110, section 9.3.6). */
function tunnelRequest(target: URL, { username, password }: URL): string {
  const authority = `${target.hostname}:${target.port || defaultPort(target)}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (username !== "" || password !== "") {
    const user = `${decodeURIComponent(username)}:${
      decodeURIComponent(password)
    }`;
    const basic = new TextEncoder().encode(user).toBase64();
    lines.push(`Proxy-Authorization: Basic ${basic}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function askForTunnel(
  socket: Socket,
  { request, shake, fail }: {
    readonly request: string;
    readonly shake: () => void;
    readonly fail: () => void;
  },
): void {
  let head = "";
  const onData = (chunk: unknown): void => {
    head += String(chunk);
    if (head.length > LONGEST_HEAD) return fail();
    if (!head.includes("\r\n\r\n")) return;
    socket.off("data", onData);
    // At once: the next read of this socket would take the handshake's first bytes away (Deno 2.6).
    if (/^HTTP\/1\.\d 2\d\d/.test(head)) shake();
    else fail();
  };
  socket.on("data", onData);
  socket.write(request);
}

function handshake(socket: Socket, target: URL): TLSSocket {
  const host = bare(target.hostname);
  const isAddress = /^[\d.]+$|:/.test(host);
  return connect({
    socket,
    rejectUnauthorized: false,
    ...isAddress ? {} : { servername: host },
  });
}

function issuerOf(secured: TLSSocket): PeerIssuer | undefined {
  // Typed as if there always were one.
  const issuer: unknown = secured.getPeerCertificate()?.issuer;
  if (typeof issuer !== "object" || issuer === null) return undefined;
  const { CN, O }: { CN?: unknown; O?: unknown } = issuer;
  const commonName = typeof CN === "string" ? CN : undefined;
  const organization = typeof O === "string" ? O : undefined;
  return { commonName, organization };
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}
