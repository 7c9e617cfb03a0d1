import assert from "node:assert/strict";
import { LLMock } from "@copilotkit/aimock";
import { type Ended, makeHome, runMeka } from "../support/meka.ts";
import { assertPlainStderr } from "../support/stderr.ts";

// A server that nobody here wrote, end to end: @copilotkit/aimock.

const KEY = "sk-third-party-key";
const CALL = { name: "ls", arguments: '{"path":"."}' };

async function withServer(
  use: (
    server: LLMock,
    meka: (
      args: readonly string[],
      env?: Readonly<Record<string, string>>,
    ) => Promise<Ended>,
  ) => Promise<void>,
): Promise<void> {
  const server = new LLMock({ port: 0, auth: { apiKeys: [KEY] } });
  await server.start();
  await using home = await makeHome();
  try {
    await use(server, async (args, env) => {
      const ended = await runMeka({
        args,
        home,
        env: {
          MEKA_PROVIDER: "openai-api",
          MEKA_MODEL: "gpt-4o",
          OPENAI_BASE_URL: `${server.url}/v1`,
          OPENAI_API_KEY: KEY,
          ...env,
        },
      });
      assertPlainStderr(ended.stderr, ended.code);
      assert.ok(!ended.stderr.includes(KEY) && !ended.stdout.includes(KEY));
      return ended;
    });
  } finally {
    await server.stop();
  }
}

function types(stdout: string): string[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line).type);
}

Deno.test("meka streams an answer of a server that nobody here wrote", async () => {
  await withServer(async (server, meka) => {
    const text = "One, two, thrëe 👋 and so on.\nA second line.";
    server.onMessage("count", { content: text, reasoning: "Let me count." });
    const plain = await meka(["--usage", "--reasoning", "count"]);
    assert.deepEqual([plain.code, plain.stdout], [0, `${text}\n`]);
    assert.match(plain.stderr, /Let me count\./);
    assert.match(plain.stderr, /usage: \d+ input/);

    const lines = await meka(["--json", "count"]);
    assert.equal(lines.code, 0, lines.stderr);
    const told = types(lines.stdout);
    assert.equal(told[0], "start");
    assert.deepEqual(told.slice(-2), ["usage", "done"]);
    assert.ok(told.filter((type) => type === "text").length > 1);

    const whole = await meka(["--no-stream", "--json", "count"]);
    assert.equal(whole.code, 0, whole.stderr);
    assert.deepEqual(
      types(whole.stdout).filter((type) => type === "text"),
      ["text"],
    );
    assert.equal(
      JSON.parse(whole.stdout.trimEnd().split("\n").at(-1)!).text,
      text,
    );
  });
});

Deno.test("meka sends that server what it was given", async () => {
  await withServer(async (server, meka) => {
    server.onMessage(/./, { content: '{"a":"b"}' });
    await using home = await makeHome();
    const schema = `${home.folder}/schema.json`;
    const image = `${home.folder}/dot.png`;
    await Deno.writeTextFile(schema, '{"type":"object","title":"mine"}');
    await Deno.writeFile(
      image,
      new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]),
    );
    const { code, stderr } = await meka([
      ...["--schema", schema, "--image", image, "--system", "Be kind."],
      ...["--max-tokens", "99", "--temperature", "0.5", "-m", "o3", "what?"],
    ]);
    assert.equal(code, 0, stderr);
    const [request] = server.getRequests();
    const body = JSON.parse(JSON.stringify(request?.body));
    assert.equal(body.model, "o3");
    assert.equal(body.max_completion_tokens, 99);
    assert.equal(body.temperature, 0.5);
    assert.equal(body.reasoning_effort, "high");
    assert.equal(body.response_format.json_schema.schema.title, "mine");
    assert.deepEqual(body.messages[0], { role: "system", content: "Be kind." });
    assert.match(
      body.messages[1].content[1].image_url.url,
      /^data:image\/png;base64,/,
    );
  });
});

Deno.test("meka lists the models of that server, and sets itself up with it", async () => {
  await withServer(async (server, meka) => {
    server.on({ userMessage: "hi", model: "gpt-4o" }, { content: "Hi!" });
    const listed = await meka(["models", "--json"]);
    assert.equal(listed.code, 0, listed.stderr);
    const { models } = JSON.parse(listed.stdout);
    assert.ok(models.some(({ id }: { id: string }) => id === "gpt-4o"));
    const status = await meka(["status", "--json"]);
    assert.equal(status.code, 0, status.stderr);
    const told = JSON.parse(status.stdout);
    assert.deepEqual([told.provider, told.signed_in], ["openai-api", true]);
    assert.equal(told.origins.api_key, "environment");

    await using home = await makeHome();
    const alone = async (
      args: readonly string[],
      input?: string,
    ): Promise<Ended> =>
      await runMeka({ args, home, ...input === undefined ? {} : { input } });
    const setup = ["setup", "--provider", "openai-api", "--api-key-stdin"];
    const rest = ["--base-url", server.url, "--model", "gpt-4o"];
    const wrong = await alone([...setup, ...rest], "sk-wrong-key\n");
    assert.equal(wrong.code, 3, wrong.stderr);
    const right = await alone([...setup, ...rest], `${KEY}\n`);
    assert.equal(right.code, 0, right.stderr);
    assert.ok(!right.stderr.includes(KEY));
    assert.ok(!(await Deno.readTextFile(home.config)).includes(KEY));
    const { mode } = await Deno.stat(home.database);
    assert.equal((mode ?? 0) & 0o777, 0o600);
    const answer = await alone(["hi"]);
    assert.deepEqual([answer.code, answer.stdout], [0, "Hi!\n"]);
    const owner = await alone(["status", "--json"]);
    assert.equal(JSON.parse(owner.stdout).origins.api_key, "stored");

    const left = await alone(["logout", "openai-api"]);
    assert.equal(left.code, 0, left.stderr);
    assert.match(left.stderr, /The stored key of openai-api is forgotten/);
    const database = await Deno.readFile(home.database);
    assert.ok(!new TextDecoder("latin1").decode(database).includes(KEY));
    const locked = await alone(["hi"]);
    assert.equal(locked.code, 3, locked.stderr);
    assert.match(locked.stderr, /asks for a key/);
  });
});

/** What the server answers, and what becomes of it: status, stderr, requests. */
const FAILURES = [
  [400, { message: "Bad", type: "invalid_request_error" }, 6, /Bad/, 1],
  [402, { message: "Pay" }, 4, /used up/, 1],
  [
    404,
    { message: "No such model: gpt-4o", code: "model_not_found" },
    6,
    /--model/,
    1,
  ],
  [429, { message: "Quota", code: "insufficient_quota" }, 4, /used up/, 1],
  [500, { message: "Oops" }, 5, /Oops/, 5],
] as const;

Deno.test("meka tells that server's failures apart", async (t) => {
  for (const [status, error, exit, says, count] of FAILURES) {
    await t.step(`${status} ${error.message}`, async () => {
      await withServer(async (server, meka) => {
        server.onMessage("fail", { error, status });
        const { code, stdout, stderr } = await meka(["fail"]);
        assert.equal(code, exit, stderr);
        assert.equal(stdout, "");
        assert.match(stderr, says);
        assert.equal(server.getRequests().length, count);
      });
    });
  }
  await t.step("a wrong key", async () => {
    await withServer(async (_, meka) => {
      const { code, stderr } = await meka(["hi"], {
        OPENAI_API_KEY: "sk-wrong-one",
      });
      assert.equal(code, 3, stderr);
      assert.match(stderr, /did not accept the key in `OPENAI_API_KEY`/);
    });
  });
  await t.step("a rate limit that passes", async () => {
    await withServer(async (server, meka) => {
      server.onMessage("again", { content: "Now." });
      server.nextRequestError(429, {
        message: "Slow",
        type: "rate_limit_error",
      });
      const { code, stdout, stderr } = await meka(["again"]);
      assert.deepEqual([code, stdout], [0, "Now.\n"], stderr);
      assert.match(stderr, /trying again in/);
    });
  });
  await t.step("a connection that always breaks", async () => {
    await withServer(async (server, meka) => {
      server.onMessage("cut", { content: "Never whole." });
      server.setChaos({ disconnectRate: 1 });
      const { code, stderr } = await meka(["cut"]);
      assert.ok(code === 5 || code === 7, stderr);
    });
  });
  await t.step("JSON that is none", async () => {
    await withServer(async (server, meka) => {
      server.onMessage("garbage", { content: "Never whole." });
      server.setChaos({ malformedRate: 1 });
      const { code, stderr } = await meka(["garbage"]);
      assert.equal(code, 5, stderr);
    });
  });
  await t.step("a tool that nobody offers", async () => {
    await withServer(async (server, meka) => {
      server.onMessage("list", { toolCalls: [CALL] });
      const { code, stdout } = await meka(["--json", "list"]);
      assert.equal(code, 7);
      const call = stdout.split("\n").find((line) =>
        line.includes("tool_call")
      );
      const { id, ...told } = JSON.parse(call ?? "{}");
      assert.deepEqual(told, { type: "tool_call", ...CALL });
      assert.ok(id);
    });
  });
});
