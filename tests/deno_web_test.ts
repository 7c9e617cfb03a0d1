import assert from "node:assert/strict";
import { denoWeb } from "../src/deno_web.ts";
import type { Web, WebAnswer } from "../src/host.ts";

const SIGNAL = new AbortController().signal;

function webWith(env: Readonly<Record<string, string>> = {}): Web {
  return denoWeb({
    env: (name) => env[name],
    prepare: () => Promise.resolve(),
  });
}

function get(
  url: string,
  options: {
    readonly addresses?: readonly string[];
    readonly maxBytes?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<WebAnswer> {
  return webWith().get(new URL(url), {
    addresses: ["127.0.0.1"],
    headers: { "user-agent": "test" },
    maxBytes: 1_000,
    signal: SIGNAL,
    ...options,
  });
}

/** A server on loopback for as long as some work takes. */
async function serving(
  answer: (request: Request) => Response | Promise<Response>,
  work: (port: number) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    answer,
  );
  try {
    await work(server.addr.port);
  } finally {
    await server.shutdown();
  }
}

function textOf({ bytes }: WebAnswer): string {
  return new TextDecoder().decode(bytes);
}

// Nobody else knows these names (RFC 6761, section 6.2).
Deno.test("get() goes to the address that it is given, whatever the name means", () =>
  serving((request) => new Response(request.url), async (port) => {
    const url = `http://server.test:${port}/a?b`;
    const answer = await get(url);
    assert.deepEqual([answer.status, textOf(answer), answer.cut], [
      200,
      url,
      false,
    ]);
  }));

Deno.test("get() goes past NO_PROXY, which would have the runtime look up the name", () =>
  serving(() => new Response("here"), async (port) => {
    Deno.env.set("NO_PROXY", "server.test");
    try {
      assert.equal(textOf(await get(`http://server.test:${port}/`)), "here");
      assert.equal(Deno.env.get("NO_PROXY"), "server.test");
    } finally {
      Deno.env.delete("NO_PROXY");
    }
  }));

Deno.test("get() tries one address after the other", () =>
  serving(() => new Response("here"), async (port) => {
    const addresses = ["::1", "127.0.0.1"];
    const answer = await get(`http://server.test:${port}/`, { addresses });
    assert.equal(textOf(answer), "here");
  }));

Deno.test("get() sends no more than it is told to, and keeps no cookies", () =>
  serving(
    (request) =>
      new Response([...request.headers.keys()].sort().join(" "), {
        headers: { "set-cookie": "a=b" },
      }),
    async (port) => {
      for (let times = 0; times < 2; times++) {
        const answer = await get(`http://server.test:${port}/`);
        assert.equal(
          textOf(answer),
          "accept accept-encoding accept-language host user-agent",
        );
      }
    },
  ));

Deno.test("get() follows no redirect", () =>
  serving(() => Response.redirect("http://server.test/"), async (port) => {
    const { status, headers } = await get(`http://server.test:${port}/`);
    assert.equal(status, 302);
    assert.equal(headers.get("location"), "http://server.test/");
  }));

Deno.test("get() takes no more of an endless body than is asked for", () => {
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(4_096)),
    });
  return serving(() => new Response(endless()), async (port) => {
    const { bytes, cut } = await get(`http://server.test:${port}/`);
    assert.deepEqual([bytes.length, cut], [1_000, true]);
  });
});

Deno.test("get() counts the bytes that a compressed body becomes", () =>
  serving(() => {
    const zeros = new Blob([new Uint8Array(1_000_000)]).stream();
    const body = zeros.pipeThrough(new CompressionStream("gzip"));
    return new Response(body, { headers: { "content-encoding": "gzip" } });
  }, async (port) => {
    const { bytes, cut } = await get(`http://server.test:${port}/`);
    assert.deepEqual([bytes.length, cut], [1_000, true]);
  }));

Deno.test("get() is ended by its signal", async () => {
  const asked = Promise.withResolvers<void>();
  const over = Promise.withResolvers<Response>();
  await serving(() => {
    asked.resolve();
    return over.promise;
  }, async (port) => {
    const end = new AbortController();
    const getting = get(`http://server.test:${port}/`, { signal: end.signal });
    await asked.promise;
    end.abort(new Error("over"));
    await assert.rejects(getting);
    over.resolve(new Response());
  });
});

Deno.test("get() fails where no address answers", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const scheme of ["http", "https"]) {
    await assert.rejects(get(`${scheme}://server.test:${port}/`));
  }
});

Deno.test("get() has the name of an https server checked, not its address", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const getting = get(`https://server.test:${listener.addr.port}/`);
  const failed = assert.rejects(getting);
  const connection = await listener.accept();
  const bytes = new Uint8Array(2_048);
  const length = await connection.read(bytes) ?? 0;
  // A handshake, which asks for the server by its name.
  assert.equal(bytes[0], 22);
  const hello = new TextDecoder("latin1").decode(bytes.subarray(0, length));
  assert.ok(hello.includes("server.test"));
  connection.close();
  await failed;
});

// the URL, the environment, whether there is a proxy
const PROXIES = [
  ["https://a.example/", {}, false],
  ["https://a.example/", { HTTPS_PROXY: "http://proxy.example:1" }, true],
  ["http://a.example/", { HTTPS_PROXY: "http://proxy.example:1" }, false],
  [
    "https://a.example/",
    { HTTPS_PROXY: "http://proxy.example:1", NO_PROXY: "a.example" },
    false,
  ],
] as const;

for (const [url, env, is] of PROXIES) {
  Deno.test(`hasProxy() says ${is} of ${url} with ${JSON.stringify(env)}`, () => {
    assert.equal(webWith(env).hasProxy(new URL(url)), is);
  });
}

Deno.test("resolve() knows this machine, and what nobody knows", async () => {
  const web = webWith();
  assert.ok((await web.resolve("localhost")).includes("127.0.0.1"));
  assert.deepEqual(await web.resolve("a.invalid"), []);
});
