import type { Standin } from "../../scripts/standin/types.ts";

/** The service's hosts in this network; nobody else knows these names (RFC 6761, section 6.2). */
export const SERVICE_HOST = "chatgpt.test";
export const ISSUER_HOST = "auth.test";

/** The one who signs every certificate in this network. */
export const INSPECTOR = { commonName: "Inspection CA", organization: "Acme" };

/** What a proxy does with those who ask it for a way to a server. */
export type ProxyManner = "opens" | "asks who" | "refuses" | "hangs up";

/** A network whose only way out is a proxy that opens every TLS connection. */
export interface CompanyNetwork extends AsyncDisposable {
  /** The proxy's address. */
  readonly proxy: URL;
  /** The https server that stands in for all others; for connections without the proxy. */
  readonly server: URL;
  /** A PEM file with the company's root certificate. */
  readonly roots: string;
  /** What the proxy was asked for: `CONNECT` authorities, in order. */
  readonly tunnels: string[];
  /** The `Proxy-Authorization` that came with each of them. */
  readonly proofs: (string | undefined)[];
  /** `Proxy-Authorization` headers that went to a server. */
  readonly leaks: string[];
  manner: ProxyManner;
  /** The environment of a person in this network. */
  readonly env: Readonly<Record<string, string>>;
}

/** Tells whether there is an OpenSSL to make certificates with. */
export function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** Starts a {@linkcode CompanyNetwork} between its people and the stand-in. */
export async function companyNetwork(
  standin: Standin,
): Promise<CompanyNetwork> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "meka-test-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const { cert, key } = await certificates(folder);
  const leaks: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
    (request) => forward(request, standin, leaks),
  );
  stack.defer(() => server.shutdown());
  const proxy = new Proxy(server.addr.port);
  stack.use(proxy);
  const roots = `${folder}/ca.pem`;
  const resources = stack.move();
  return Object.assign(proxy, {
    leaks,
    roots,
    server: new URL(`https://localhost:${server.addr.port}`),
    env: {
      HTTPS_PROXY: proxy.proxy.origin,
      // From source, the runtime would ask for its own newest version.
      DENO_NO_UPDATE_CHECK: "1",
      MEKA_BASE_URL: `https://${SERVICE_HOST}`,
      MEKA_OAUTH_ISSUER: `https://${ISSUER_HOST}`,
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  });
}

class Proxy implements AsyncDisposable {
  readonly tunnels: string[] = [];
  readonly proofs: (string | undefined)[] = [];
  manner: ProxyManner = "opens";
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #port: number;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #work: Promise<void>;

  constructor(port: number) {
    this.#port = port;
    this.#work = this.#accept();
  }

  get proxy(): URL {
    return new URL(`http://127.0.0.1:${this.#listener.addr.port}`);
  }

  async #accept(): Promise<void> {
    const tunnels: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) {
        this.#open.add(client);
        tunnels.push(this.#serve(client).catch(() => {}));
      }
    } finally {
      await Promise.all(tunnels);
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    using _ = closing(client, this.#open);
    const head = await readHead(client);
    const authority = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1] ?? head;
    this.tunnels.push(authority);
    this.proofs.push(/^proxy-authorization: (.*)\r$/im.exec(head)?.[1]);
    if (this.manner === "hangs up") return;
    if (this.manner !== "opens") {
      await say(client, REFUSALS[this.manner]);
      return;
    }
    const server = await Deno.connect({
      hostname: "127.0.0.1",
      port: this.#port,
    });
    this.#open.add(server);
    using _server = closing(server, this.#open);
    await say(client, "HTTP/1.1 200 Connection established\r\n\r\n");
    await Promise.race([pump(client, server), pump(server, client)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) connection.close();
    this.#open.clear();
    await this.#work;
  }
}

const REFUSALS = {
  "asks who":
    'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="Acme"\r\nContent-Length: 0\r\n\r\n',
  "refuses": "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
} as const;

function closing(
  connection: Deno.TcpConn,
  open: Set<Deno.TcpConn>,
): Disposable {
  return {
    [Symbol.dispose]: () => {
      if (open.delete(connection)) connection.close();
    },
  };
}

async function readHead(client: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const length = await client.read(buffer);
    if (length === null) break;
    head += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return head;
}

async function say(to: Deno.TcpConn, text: string): Promise<void> {
  await to.write(new TextEncoder().encode(text));
}

async function pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const length = await from.read(buffer);
    if (length === null) return;
    for (let at = 0; at < length;) {
      at += await to.write(buffer.subarray(at, length));
    }
  }
}

/** Hands a request that was taken out of its TLS connection on to the stand-in. */
async function forward(
  request: Request,
  standin: Standin,
  leaks: string[],
): Promise<Response> {
  const { hostname, pathname, search } = new URL(request.url);
  const to = hostname === ISSUER_HOST ? standin.issuer : standin.baseUrl;
  const headers = new Headers(request.headers);
  const leak = headers.get("proxy-authorization");
  if (leak !== null) leaks.push(leak);
  for (const name of ["host", "proxy-authorization"]) headers.delete(name);
  return await fetch(new URL(pathname + search, to), {
    method: request.method,
    headers,
    body: await request.text() || null,
    redirect: "manual",
    signal: request.signal,
  });
}

/** A root of the company's own, and a certificate of its for every host. */
async function certificates(
  folder: string,
): Promise<{ cert: string; key: string }> {
  const { commonName, organization } = INSPECTOR;
  const newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  const names = [SERVICE_HOST, ISSUER_HOST, "localhost"];
  await Deno.writeTextFile(
    `${folder}/names`,
    `subjectAltName=${names.map((name) => `DNS:${name}`).join()}\n`,
  );
  const lines = [
    `req -x509 ${newKey} -keyout ca.key -out ca.pem -days 2`,
    `req ${newKey} -keyout key.pem -out request.pem`,
    "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem",
  ];
  const subjects = [
    `/O=${organization}/CN=${commonName}`,
    "/CN=everyone",
    undefined,
  ];
  for (const [at, line] of lines.entries()) {
    const subject = subjects[at];
    const named = subject === undefined ? [] : ["-subj", subject];
    const { success, stderr } = await new Deno.Command("openssl", {
      args: [...line.split(" "), ...named],
      cwd: folder,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }
  return {
    cert: await Deno.readTextFile(`${folder}/cert.pem`),
    key: await Deno.readTextFile(`${folder}/key.pem`),
  };
}
