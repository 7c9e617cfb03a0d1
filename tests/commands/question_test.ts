import assert from "node:assert/strict";
import { askService } from "../../src/commands/question.ts";
import type { ProviderAccess } from "../../src/commands/access.ts";
import { NOBODY } from "../../src/commands/sign_in.ts";
import { MekaError } from "../../src/errors.ts";
import { openaiCodex } from "../../src/providers/openai_codex/mod.ts";
import type { Question } from "../../src/providers/provider.ts";
import type { Credential } from "../../src/message.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";
import {
  type Reply,
  type ScriptedFetch,
  scriptedFetch,
  silence,
} from "../support/scripted_fetch.ts";

const QUESTION: Question<string> = {
  name: "the weather",
  encode: ({ baseUrl, credential, signal }) =>
    new Request(new URL("weather", baseUrl), {
      headers: {
        authorization: credential.type === "oauth"
          ? credential.accessToken
          : "",
      },
      signal,
    }),
  read: (body) => body,
};

function credential(accessToken: string): Credential {
  return { type: "oauth", accessToken, accountId: undefined, fedramp: false };
}

interface Asked extends ScriptedFetch {
  readonly host: MemoryHost;
  readonly signals: AbortSignal[];
  ask(): ReturnType<typeof askService<string>>;
}

function asked(replies: readonly Reply[], renewed = "second"): Asked {
  const host = memoryHost();
  const script = scriptedFetch(...replies);
  const signals: AbortSignal[] = [];
  const answer = (token: string, signal: AbortSignal) => {
    signals.push(signal);
    const answer = { credential: credential(token), warnings: [token] };
    return Promise.resolve(answer);
  };
  const access: ProviderAccess = {
    fetch: script.fetch,
    opened: undefined,
    keeps: false,
    storeTold: () => {},
    shareCookies: () => {},
    account: undefined,
    identity: () => NOBODY,
    given: false,
    credentials: {
      current: (signal) => answer("first", signal),
      afterUnauthorized: (_, signal) =>
        renewed === "" ? Promise.resolve(undefined) : answer(renewed, signal),
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return {
    ...script,
    host,
    signals,
    ask: () =>
      askService(QUESTION, {
        host,
        access,
        provider: openaiCodex,
        baseUrl: new URL("https://chatgpt.com"),
        userAgent: "meka_cli/0",
      }),
  };
}

const ok: Reply = () => new Response("sunny");
const unauthorized: Reply = () => new Response("{}", { status: 401 });

Deno.test("askService() hands on the answer and the warnings of the sign-in", async () => {
  const there = asked([ok]);
  assert.deepEqual(await there.ask(), { value: "sunny", warnings: ["first"] });
  there.end();
});

Deno.test("askService() asks once more with another token after a 401", async () => {
  const there = asked([unauthorized, ok]);
  assert.deepEqual(await there.ask(), {
    value: "sunny",
    warnings: ["first", "second"],
  });
  assert.deepEqual(
    there.requests.map(({ headers }) => headers.get("authorization")),
    ["first", "second"],
  );
  there.end();
});

for (const renewed of ["second", ""]) {
  Deno.test(`askService() does not ask a third time, with "${renewed}" as the next token`, async () => {
    const replies = renewed === ""
      ? [unauthorized]
      : [unauthorized, unauthorized];
    const there = asked(replies, renewed);
    await assert.rejects(there.ask(), { kind: "auth" });
    there.end();
  });
}

// A refresh that is cut off may have spent the refresh token: only the person may end it.
Deno.test("askService() does not hurry a refresh", async () => {
  const there = asked([unauthorized, ok]);
  await there.ask();
  for (const signal of there.signals) {
    assert.equal(signal, there.host.interrupt);
  }
});

const FAILURES: readonly (readonly [string, Reply, Partial<MekaError>])[] = [
  ["a server that fails", () => new Response("{}", { status: 500 }), {
    kind: "network",
  }],
  ["a refusal", () => new Response("{}", { status: 403 }), { kind: "refused" }],
  [
    "a web page",
    () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    { kind: "network", hint: /proxy/ as unknown as string },
  ],
  ["a redirect", () => Response.redirect("https://other.example"), {
    kind: "network",
  }],
  ["no content", () => new Response(null, { status: 204 }), {
    kind: "network",
  }],
  [
    "no connection",
    () =>
      Promise.reject(new TypeError("tcp connect error: Connection refused")),
    {
      kind: "network",
      message: "Cannot ask chatgpt.com for the weather: connection refused",
      hint: "Check the network connection",
    },
  ],
  [
    "a body that breaks",
    () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.error(new TypeError("what")),
        }),
      ),
    { kind: "network", message: "Cannot ask chatgpt.com for the weather" },
  ],
];

for (const [what, reply, expected] of FAILURES) {
  Deno.test(`askService() fails with "${expected.kind}" at ${what}`, async () => {
    const there = asked([reply]);
    await assert.rejects(there.ask(), expected);
  });
}

Deno.test("askService() does not read an answer without an end", async () => {
  let sent = 0;
  let cancelled = false;
  const chunk = new Uint8Array(1 << 20).fill(0x20);
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      sent++;
      controller.enqueue(chunk);
    },
    cancel: () => {
      cancelled = true;
    },
  });
  const there = asked([() => new Response(body)]);
  await assert.rejects(there.ask(), { kind: "network", message: /far longer/ });
  assert.ok(cancelled);
  assert.ok(sent < 16);
});

Deno.test("askService() waits 15 s for an answer to begin, and 30 s for its end", async () => {
  const slow = asked([silence]);
  const waiting = slow.ask();
  await slow.host.sleeps(15_000);
  slow.host.wake(15_000);
  await assert.rejects(waiting, {
    kind: "network",
    message: "No answer within 15 s from chatgpt.com",
  });
});

Deno.test("askService() ends with Ctrl-C", async () => {
  const there = asked([silence]);
  const waiting = there.ask();
  await there.host.sleeps(15_000);
  const reason = new MekaError("interrupted", "Interrupted");
  there.host.abort(reason);
  await assert.rejects(waiting, reason);
});
