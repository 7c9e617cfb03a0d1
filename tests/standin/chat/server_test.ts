import assert from "node:assert/strict";
import { startChatStandin } from "../../../scripts/standin/chat/mod.ts";
import { CHAT_MODELS_OUTCOMES } from "../../../scripts/standin/chat/models_endpoint.ts";
import type { ProfileName } from "../../../scripts/standin/chat/profiles.ts";
import {
  askChat,
  askModels,
  lastChatViolations,
  PROFILES,
  standinOf,
  WHOLE,
} from "./client.ts";
import { readChat } from "./read.ts";

/** What each family says when it refuses: a key, a model, a path without its base. */
const WORDS: Readonly<
  Record<ProfileName, { key: RegExp; model: RegExp; path: [number, RegExp] }>
> = {
  openai: {
    key: /"code":"invalid_api_key"/,
    model: /"code":"model_not_found"/,
    path: [404, /Invalid URL/],
  },
  ollama: {
    key: /Unauthorized/,
    model: /model \\"x\\" not found, try pulling it first/,
    path: [404, /^404 page not found$/],
  },
  vllm: {
    key: /^\{"error":"Unauthorized"\}$/,
    model: /"type":"NotFoundError","param":"model","code":404/,
    path: [404, /^\{"detail":"Not Found"\}$/],
  },
  lmstudio: {
    key: /API token/,
    model: /"param":"model","code":"model_not_found"/,
    path: [200, /^\{"error":"Unexpected endpoint or method/],
  },
  llamacpp: {
    key: /"code":401,"message":"Invalid API Key","type":"authentication_error"/,
    model: /^data: /,
    path: [404, /File Not Found/],
  },
  openrouter: {
    key: /^\{"error":\{"message":"User not found\.","code":401\}\}$/,
    model: /is not a valid model ID/,
    path: [404, /<html>/],
  },
  litellm: {
    key: /"param":"None","code":"401"/,
    model: /Invalid model name/,
    path: [404, /Not Found/],
  },
};

for (const profile of PROFILES) {
  const words = WORDS[profile];

  Deno.test(`${profile} answers a right request without a violation, streaming or not`, async () => {
    await using standin = await standinOf(profile);
    const stream = readChat(await (await askChat(standin)).text());
    const { choices, usage } = await (await askChat(standin, { body: WHOLE }))
      .json();
    assert.equal(stream.text, choices[0].message.content);
    assert.deepEqual([stream.finish, choices[0]["finish_reason"]], [
      "stop",
      "stop",
    ]);
    assert.ok(JSON.stringify(stream.usage).includes("640"));
    assert.equal(usage["prompt_tokens"], 640);
    assert.deepEqual(standin.violations, []);
    assert.deepEqual(standin.counts(), {
      completions: 2,
      models: 0,
      unknown: 0,
      elsewhere: 0,
    });
  });

  Deno.test(`${profile} lists its models, the default first`, async () => {
    await using standin = await standinOf(profile);
    const { data } = await (await askModels(standin)).json();
    assert.equal(data[0].id, standin.model);
    assert.deepEqual(standin.violations, []);
    assert.equal(standin.counts().models, 1);
  });

  Deno.test(`${profile} refuses another key, and a request without one`, async () => {
    await using standin = await standinOf(profile, "sk-right-0123456789");
    const other = await askChat(standin, {
      headers: { authorization: "Bearer sk-wrong-0123456789" },
    });
    assert.equal(other.status, 401);
    assert.match(await other.text(), words.key);
    for (const ask of [askChat, askModels]) {
      const none = await ask(standin, {
        headers: { authorization: undefined },
      });
      assert.equal(none.status, 401);
      await none.body?.cancel();
    }
    assert.equal((await askModels(standin)).status, 200);
    assert.deepEqual(standin.violations, []);
  });

  Deno.test(`${profile} refuses a model it does not have`, async () => {
    await using standin = await standinOf(profile);
    const response = await askChat(standin, { body: { model: "x" } });
    assert.match(await response.text(), words.model);
    assert.deepEqual(standin.violations, []);
  });

  Deno.test(`${profile} has its own way on a path that does not exist`, async () => {
    await using standin = await standinOf(profile);
    const response = await askChat(standin, { path: "//chat/completions" });
    assert.equal(response.status, words.path[0]);
    assert.match(await response.text(), words.path[1]);
    assert.match(lastChatViolations(standin).join(), /^no such endpoint/);
    assert.equal(standin.counts().unknown, 1);
  });
}

Deno.test("a family that answers without /v1 does so", async () => {
  for (const profile of PROFILES) {
    await using standin = await standinOf(profile);
    const response = await fetch(new URL("/models", standin.baseUrl), {
      headers: { "user-agent": "meka_cli/0.1.0" },
    });
    await response.body?.cancel();
    const answers = ["llamacpp", "litellm"].includes(profile);
    assert.equal(standin.counts().models, answers ? 1 : 0, profile);
  }
});

const EFFORTS: readonly [ProfileName, string, string, number, RegExp][] = [
  ["ollama", "llama3.2", "high", 400, /does not support thinking/],
  ["ollama", "llama3.2", "none", 200, /data: /],
  ["ollama", "gpt-oss:20b", "high", 200, /data: /],
  ["ollama", "gpt-oss:20b", "xhigh", 400, /invalid reasoning value: 'xhigh'/],
  ["openai", "gpt-5", "minimal", 200, /data: /],
  ["openai", "gpt-4o-mini", "high", 400, /Unrecognized request argument/],
  ["litellm", "gpt-4o", "high", 400, /UnsupportedParamsError/],
  ["vllm", "Qwen/Qwen3-8B", "high", 200, /data: /],
];

for (const [profile, model, effort, status, expected] of EFFORTS) {
  Deno.test(`${profile} answers ${status} to effort ${effort} for ${model}`, async () => {
    await using standin = await standinOf(profile);
    const response = await askChat(standin, {
      body: { model, ["reasoning_effort"]: effort },
    });
    assert.equal(response.status, status);
    assert.match(await response.text(), expected);
    assert.deepEqual(standin.violations, []);
  });
}

const LIMITS: readonly [Record<string, unknown>, number][] = [
  [{ ["max_completion_tokens"]: 5 }, 200],
  [{ ["max_tokens"]: 5 }, 400],
  [{ temperature: 1 }, 200],
  [{ temperature: 0.2 }, 400],
];

for (const [body, status] of LIMITS) {
  Deno.test(`openai answers ${status} to ${JSON.stringify(body)} for a reasoning model`, async () => {
    await using standin = await standinOf("openai");
    const response = await askChat(standin, { body });
    assert.equal(response.status, status);
    await response.text();
  });
}

Deno.test("usage comes only when asked for, where the family asks for that", async () => {
  for (const profile of PROFILES) {
    await using standin = await standinOf(profile);
    const response = await askChat(standin, {
      body: { ["stream_options"]: undefined },
    });
    const { usage } = readChat(await response.text());
    const always = ["llamacpp", "openrouter"].includes(profile);
    assert.equal(usage !== undefined, always, profile);
  }
});

Deno.test("every outcome of the models can be played", async () => {
  await using standin = await standinOf("vllm");
  for (const outcome of Object.keys(CHAT_MODELS_OUTCOMES)) {
    if (outcome === "hang") continue;
    standin.modelsPlan(outcome);
    const response = await askModels(standin);
    await response.text().catch(() => {});
  }
  assert.deepEqual(standin.violations, []);
  assert.throws(() => standin.modelsPlan("nothing"), RangeError);
});

Deno.test("a redirect points to where nobody may go", async () => {
  await using standin = await standinOf("openai");
  standin.play("redirect_307");
  const response = await askChat(standin);
  assert.equal(response.status, 307);
  await response.body?.cancel();
  const location = new URL(response.headers.get("location") ?? "");
  assert.equal(location.origin, standin.elsewhere.origin);
  await (await fetch(location, {
    headers: { authorization: `Bearer ${standin.key}` },
  })).text();
  assert.equal(standin.counts().elsewhere, 1);
  assert.match(
    standin.violations.join(),
    /redirect was followed.*went to another/,
  );
});

Deno.test("reset() forgets requests and plans", async () => {
  await using standin = await standinOf("ollama");
  standin.play("http_500");
  await (await askChat(standin)).text();
  standin.reset();
  assert.deepEqual([standin.requests.length, standin.violations], [0, []]);
  assert.equal((await askChat(standin)).status, 200);
});

Deno.test("a busy port leaves nothing running", async () => {
  await using standin = await standinOf("ollama");
  const port = Number(standin.baseUrl.port);
  await assert.rejects(
    startChatStandin({ profile: "ollama", port }),
    Deno.errors.AddrInUse,
  );
});
