import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import type { RecordedRequest, Standin } from "../../scripts/standin/types.ts";
import { EFFORTS } from "../../src/message.ts";
import { VERSION } from "../../src/version.ts";
import {
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  signIn,
} from "../support/meka.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";
import { assertPlainStderr } from "../support/stderr.ts";

type Json = Readonly<Record<string, unknown>>;

const UUID_V7 =
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Runs `meka` and gives the one request that it made, from which nothing else went out. */
async function requestOf(
  args: readonly string[],
  { standin, home, input }: { standin: Standin; home: Home; input?: string },
): Promise<RecordedRequest> {
  const before = standin.requests.length;
  const { code, stderr } = await runMeka({
    standin,
    home,
    args,
    ...(input === undefined ? {} : { input }),
  });
  assert.equal(code, 0, stderr);
  const [request, ...others] = standin.requests.slice(before);
  assert.ok(request !== undefined);
  assert.deepEqual(others, []);
  assert.deepEqual(standin.violations, []);
  return request;
}

function bodyOf({ body }: RecordedRequest): Json {
  return JSON.parse(body);
}

Deno.test("a turn makes one small request with just the fields of the contract", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const startedAt = Date.now();
  const request = await requestOf([PROMPT], { standin, home });
  assert.equal(request.method, "POST");
  assert.equal(request.path, "/backend-api/codex/responses");
  assert.equal(request.search, "");
  const size = new TextEncoder().encode(request.body).length;
  assert.ok(size <= 1000, `a body of ${size} bytes`);

  const { instructions, prompt_cache_key: session, ...rest } = bodyOf(request);
  assert.deepEqual(rest, {
    model: "gpt-5",
    input: [{
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: PROMPT }],
    }],
    reasoning: { effort: "high", summary: "auto" },
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
  });
  assert.ok(typeof instructions === "string" && instructions.trim() !== "");
  assert.ok(typeof session === "string");
  assert.match(session, UUID_V7);
  const time = Number.parseInt(session.replaceAll("-", "").slice(0, 12), 16);
  assert.ok(time >= startedAt - 1000 && time <= Date.now() + 1000);

  const again = await requestOf([PROMPT], { standin, home });
  assert.notEqual(bodyOf(again).prompt_cache_key, session);
});

Deno.test("a turn sends the headers of the contract and no others", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  await signIn(home, standin.grant({ accountId: "acc-of-the-id-token" }));
  const { headers, body } = await requestOf([PROMPT], { standin, home });
  const own = {
    "accept": "text/event-stream",
    "chatgpt-account-id": "acc-of-the-id-token",
    "content-type": "application/json",
    "originator": "meka_cli",
    "session-id": JSON.parse(body).prompt_cache_key,
    "user-agent":
      `meka_cli/${VERSION} (${Deno.build.os} ${Deno.osRelease()}; ${Deno.build.arch})`,
  };
  for (const [name, value] of Object.entries(own)) {
    assert.equal(headers.get(name), value, name);
  }
  assert.match(headers.get("authorization") ?? "", /^Bearer \S+$/);
  const transport = [
    "accept-encoding",
    "accept-language",
    "connection",
    "content-length",
    "host",
  ];
  const known = new Set([...Object.keys(own), "authorization", ...transport]);
  assert.deepEqual([...headers.keys()].filter((name) => !known.has(name)), []);
});

const MODELS: readonly [string, boolean][] = [
  ["gpt-5", true],
  ["gpt-5.5-codex", true],
  ["o3", true],
  ["gpt-6-luna", true],
  ["model/of:nobody (yet) ü", true],
  ["chatgpt-5", true],
  ["gpt-3.5-turbo", false],
  ["gpt-4", false],
  ["gpt-4o", false],
  ["gpt-4.1-mini", false],
  ["gpt-40", false],
  ["chatgpt-4o-latest", false],
];

Deno.test("a model's name is sent as written, and decides about reasoning", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  for (const [model, reasons] of MODELS) {
    await t.step(model, async () => {
      const request = await requestOf(["-m", model, PROMPT], { standin, home });
      const body = bodyOf(request);
      assert.equal(body.model, model);
      assert.equal("reasoning" in body, reasons);
    });
  }
});

Deno.test("an effort is sent as written, ultra as xhigh", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  assert.equal(EFFORTS.length, 8);
  for (const effort of EFFORTS) {
    await t.step(effort, async () => {
      const request = await requestOf(["-e", effort, PROMPT], {
        standin,
        home,
      });
      assert.deepEqual(bodyOf(request).reasoning, {
        effort: effort === "ultra" ? "xhigh" : effort,
        summary: "auto",
      });
    });
  }
});

interface PromptCase {
  readonly args: readonly string[];
  readonly input?: string;
  readonly prompt: string;
}

const PROMPTS: readonly PromptCase[] = [
  { args: ["say", "hi"], prompt: "say hi" },
  { args: ["say  hi", "you"], prompt: "say  hi you" },
  { args: ["-p", "say hi"], prompt: "say hi" },
  { args: ["--prompt=say hi"], prompt: "say hi" },
  { args: ["--", "status"], prompt: "status" },
  { args: ["--", "--json"], prompt: "--json" },
  { args: ["status of it"], prompt: "status of it" },
  { args: ["say", "-q", "hi"], prompt: "say hi" },
  { args: ["  two\nlines\t"], prompt: "  two\nlines\t" },
  {
    args: ['"quotes" \\ ünï 👋🏽 \u2028 </b>'],
    prompt: '"quotes" \\ ünï 👋🏽 \u2028 </b>',
  },
];

Deno.test("the prompt arrives as it was typed", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  for (const { args, prompt } of PROMPTS) {
    await t.step(JSON.stringify(args), async () => {
      const request = await requestOf(args, { standin, home });
      assert.deepEqual(bodyOf(request).input, [{
        type: "message",
        role: "user",
        content: [{ type: "input_text", text: prompt }],
      }]);
    });
  }
});

Deno.test("--system takes the place of the instructions, which are never empty", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const given = await requestOf(["-s", "Answer in French.", PROMPT], {
    standin,
    home,
  });
  assert.equal(bodyOf(given).instructions, "Answer in French.");
  for (const system of ["", " \n"]) {
    const empty = await requestOf(["--system", system, PROMPT], {
      standin,
      home,
    });
    assert.notEqual(String(bodyOf(empty).instructions).trim(), "");
  }
});

const IMAGES: readonly [string, string, readonly number[]][] = [
  ["a.png", "image/png", [0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa, 0]],
  ["b.jpg", "image/jpeg", [0xff, 0xd8, 0xff, 0xe0, 1, 2]],
  ["c.gif", "image/gif", [...new TextEncoder().encode("GIF89a"), 1]],
  ["d.webp", "image/webp", [
    ...new TextEncoder().encode("RIFF"),
    1,
    2,
    3,
    4,
    ...new TextEncoder().encode("WEBPVP8 "),
  ]],
  ["png-in-truth.txt", "image/png", [
    0x89,
    0x50,
    0x4e,
    0x47,
    0xd,
    0xa,
    0x1a,
    0xa,
    255,
  ]],
];

Deno.test("images are sent as data URLs after the text, in their order", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const args: string[] = [];
  for (const [name, , bytes] of IMAGES) {
    const path = `${home.folder}/${name}`;
    await Deno.writeFile(path, new Uint8Array(bytes));
    args.push("--image", path);
  }
  const request = await requestOf([...args, PROMPT], { standin, home });
  const [message] = Object.values(bodyOf(request).input ?? {});
  assert.deepEqual(message?.content, [
    { type: "input_text", text: PROMPT },
    ...IMAGES.map(([, type, bytes]) => ({
      type: "input_image",
      image_url: `data:${type};base64,${new Uint8Array(bytes).toBase64()}`,
    })),
  ]);
});

Deno.test("a schema is sent as a strict format", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const schema = {
    type: "object",
    properties: { answer: { type: "string" } },
    required: ["answer"],
    additionalProperties: false,
  };
  const path = `${home.folder}/schema.json`;
  await Deno.writeTextFile(path, JSON.stringify(schema));
  const prompt = "[[scenario:schema_fits]]";
  const request = await requestOf(["--schema", path, prompt], {
    standin,
    home,
  });
  const { format } = Object(bodyOf(request).text);
  const { name, ...rest } = format;
  assert.match(name, /^[a-zA-Z0-9_-]{1,64}$/);
  assert.deepEqual(rest, { type: "json_schema", strict: true, schema });
});

Deno.test("cookies of the service come back in a later process, and only to it", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const first = await requestOf([PROMPT], { standin, home });
  assert.equal(first.headers.get("cookie"), null);
  const second = await requestOf([PROMPT], { standin, home });
  const names = (second.headers.get("cookie") ?? "").split("; ").map((pair) =>
    pair.split("=")[0]
  );
  // The stand-in knows the values, and reports a stray or a missing one.
  assert.deepEqual(names.toSorted(), [
    "__cf_bm",
    "__cflb",
    "__oailb",
    "_cfuvid",
    "cf_clearance",
  ]);
  const other = `http://localhost:${standin.baseUrl.port}`;
  standin.expectCookies(false);
  const third = await requestOf(["--base-url", other, PROMPT], {
    standin,
    home,
  });
  assert.equal(third.headers.get("cookie"), null, "cookies of another host");
});

Deno.test("a retry echoes the turn's state, and a new turn does not", async () => {
  await using standin = await startStandin({ scenario: "flaky_503_then_text" });
  await using home = await signedInHome(standin);
  const state = "x-codex-turn-state";
  for (const _ of [1, 2]) {
    const before = standin.requests.length;
    const { code } = await runMeka({ standin, home, args: [PROMPT] });
    assert.equal(code, 0);
    const [first, second] = standin.requests.slice(before);
    assert.equal(first?.headers.get(state), null);
    assert.match(second?.headers.get(state) ?? "", /^ts_/);
    assert.equal(
      second?.headers.get("session-id"),
      first?.headers.get("session-id"),
    );
    assert.equal(second?.body, first?.body);
  }
  assert.deepEqual(standin.violations, []);
});

Deno.test("a base URL may have a path", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  for (const path of ["/proxy/chatgpt", "/proxy/chatgpt/"]) {
    const url = `${standin.baseUrl.origin}${path}`;
    await runMeka({ standin, home, args: ["--base-url", url, PROMPT] });
    assert.equal(
      standin.requests.at(-1)?.path,
      "/proxy/chatgpt/backend-api/codex/responses",
    );
  }
});

Deno.test("--no-stream is refused with the contract's sentence, and nothing is sent", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  const args = ["--no-stream", PROMPT];
  const { code, stdout, stderr } = await runMeka({ standin, home, args });
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.equal(
    stderr.split("\n")[0],
    "meka: openai-codex streams only; --no-stream is not available for it",
  );
  assert.equal(standin.requests.length, 0);
});

const TRACED: readonly [string, readonly string[]][] = [
  ["text", []],
  ["http_401", []],
  ["http_403_challenge", []],
  ["secret_echo", []],
  ["secret_echo_stream", ["--json"]],
  ["malformed_json_after_text", ["--json"]],
  ["redirect_307", []],
];

Deno.test("no secret shows under --verbose and MEKA_DEBUG=1", async (t) => {
  for (const [scenario, args] of TRACED) {
    await t.step(scenario, async () => {
      await using standin = await startStandin({ scenario });
      await using home = await signedInHome(standin);
      standin.play("text", scenario);
      for (const round of [1, 2]) {
        const { stdout, stderr } = await runMeka({
          standin,
          home,
          args: [...args, "--verbose", PROMPT],
          env: { MEKA_DEBUG: "1" },
        });
        const secrets = secretsOf(standin, home);
        assert.ok(secrets.size > 3);
        assertNoSecret(stdout, secrets, `stdout of run ${round}`);
        assertNoSecret(stderr, secrets, `stderr of run ${round}`);
        assert.match(stderr, /\/backend-api\/codex\/responses/);
      }
    });
  }
});

Deno.test("a request goes through HTTP_PROXY unless NO_PROXY names the host", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const proxied: string[] = [];
  await using proxy = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    proxied.push(request.url);
    await request.arrayBuffer();
    return new Response("{}", { status: 400 });
  });
  const env = {
    HTTP_PROXY: `http://127.0.0.1:${proxy.addr.port}`,
    MEKA_BASE_URL: `http://127.0.0.1:${standin.baseUrl.port}`,
  };
  const { code, stderr } = await runMeka({
    standin,
    home,
    args: [PROMPT],
    env,
  });
  assert.equal(code, 6, stderr);
  assertPlainStderr(stderr, 6);
  assert.equal(proxied.length, 1);
  assert.equal(standin.requests.length, 0);
  const direct = await runMeka({
    standin,
    home,
    args: [PROMPT],
    env: { ...env, NO_PROXY: "127.0.0.1" },
  });
  assert.equal(direct.code, 0, direct.stderr);
  assert.equal(standin.requests.length, 1);
});
