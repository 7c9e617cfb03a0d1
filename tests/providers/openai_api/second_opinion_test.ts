import assert from "node:assert/strict";
import OpenAI from "openai";
import type { StreamEvent } from "../../../src/event.ts";
import { encode } from "../../../src/providers/openai_api/encode.ts";
import { decode } from "../../../src/providers/openai_api/decode.ts";
import { parse } from "../../../src/sse/parse.ts";
import { accessWith, KEY, TURN } from "../../support/turn.ts";

// The official package reads the same bytes: what it makes of them, we must too. What it gives up on, or has no name
// for, is left out; each of these is a server of its own kind.
const OTHERWISE: ReadonlySet<string> = new Set([
  "content_parts", // hands on the list itself
  "keep_alives", // fails at the empty message
  "message_for_delta", // finds no text in it
]);

const FOLDER = new URL("../../fixtures/openai_api/", import.meta.url);

/** What both are asked to tell. */
interface Answer {
  text: string;
  finish: string | undefined;
  total: number | undefined;
  calls: Map<number, string>;
}

for (const { name } of Deno.readDirSync(FOLDER)) {
  const fixture = name.replace(/\.sse$/, "");
  if (fixture === name || OTHERWISE.has(fixture)) continue;
  Deno.test(`the official package reads ${fixture} as we do`, async () => {
    const bytes = await Deno.readFile(new URL(name, FOLDER));
    const theirs = await official(bytes);
    const ours = await own(bytes);
    assert.equal(ours.text, theirs.text);
    if (theirs.finish !== undefined) assert.equal(ours.finish, theirs.finish);
    assert.equal(ours.total, theirs.total);
    // It keeps calls apart by their index alone.
    if (
      !/no_index|same_index|no_arguments|object|^function_call/.test(fixture)
    ) {
      assert.deepEqual([...ours.calls.values()], [...theirs.calls.values()]);
    }
  });
}

async function official(bytes: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const client = new OpenAI({
    apiKey: "sk-secret-key",
    maxRetries: 0,
    fetch: () =>
      Promise.resolve(
        new Response(bytes, {
          headers: { "content-type": "text/event-stream" },
        }),
      ),
  });
  const stream = await client.chat.completions.create({
    model: "m",
    messages: [{ role: "user", content: "say hi" }],
    stream: true,
  });
  const answer: Answer = {
    text: "",
    finish: undefined,
    total: undefined,
    calls: new Map(),
  };
  for await (const chunk of stream) {
    const choice = chunk.choices?.find(({ index }) => (index ?? 0) === 0);
    answer.text += choice?.delta?.content ?? "";
    answer.text += choice?.delta?.refusal ?? "";
    answer.finish ||= choice?.finish_reason ?? undefined;
    answer.total = chunk.usage?.total_tokens ?? answer.total;
    for (const call of choice?.delta?.tool_calls ?? []) {
      const before = answer.calls.get(call.index) ?? "";
      answer.calls.set(
        call.index,
        before + (before === "" ? call.function?.name ?? "" : "") +
          (call.function?.arguments ?? ""),
      );
    }
  }
  return answer;
}

async function own(bytes: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const messages = parse(new Blob([bytes]).stream());
  const events: StreamEvent[] = [];
  for await (
    const batch of decode(messages, {
      model: "m",
      now: () => 0,
      idPrefix: "call_",
    })
  ) {
    events.push(...batch);
  }
  const last = events.at(-1);
  assert.equal(last?.type, "finish");
  const calls = events.filter((event) => event.type === "tool_call");
  return {
    text: events.map((event) => event.type === "text" ? event.delta : "")
      .join(""),
    finish: last?.type === "finish" ? last.raw : undefined,
    total: last?.type === "finish" ? last.usage?.totalTokens : undefined,
    calls: new Map(calls.map((call, at) => [at, call.name + call.arguments])),
  };
}

Deno.test("the official package sends what we send", async () => {
  let theirs: Request | undefined;
  const client = new OpenAI({
    apiKey: KEY.key ?? "",
    fetch: (url, init) => {
      theirs = new Request(url, init);
      return Promise.resolve(
        new Response("data: [DONE]\n\n", {
          headers: { "content-type": "text/event-stream" },
        }),
      );
    },
  });
  const ours = encode(TURN, accessWith(KEY, "https://api.openai.com/v1"));
  await client.chat.completions.create(await ours.clone().json());
  assert.equal(theirs?.url, ours.url);
  assert.equal(theirs?.method, ours.method);
  assert.deepEqual(await theirs?.json(), await ours.json());
  for (const header of ["authorization", "content-type"]) {
    assert.equal(theirs?.headers.get(header), ours.headers.get(header));
  }
});
