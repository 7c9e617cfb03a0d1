/**
 * Holds the wire to the field: what meka sends must be what the official package accepts, and what meka reads must be
 * what it promises. `deno check` does the work; a field that is renamed fails it.
 */
// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import type OpenAI from "openai";
import { encode as encodeCodex } from "../../src/providers/openai_codex/encode.ts";
import { readEvent as readCodexEvent } from "../../src/providers/openai_codex/wire.ts";
import { chatRequest } from "../../src/providers/openai_api/encode.ts";
import {
  type ChatMessage,
  type ChatRequest,
  readChunk,
} from "../../src/providers/openai_api/wire.ts";
import { accessWith, SIGN_IN, TURN } from "../support/turn.ts";

type Chat = OpenAI.Chat.ChatCompletionCreateParams;
type Message = OpenAI.Chat.ChatCompletionMessageParam;
type Chunk = OpenAI.Chat.ChatCompletionChunk;
type Whole = OpenAI.Chat.ChatCompletion;
type Responses = OpenAI.Responses.ResponseCreateParams;

/** Their types want lists that can be changed. */
type Mutable<T> = T extends readonly (infer Item)[] ? Mutable<Item>[]
  : T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
  : T;

/** A person may name an effort that the package does not know yet. */
type AnyEffort<T> = Omit<T, "reasoning_effort"> & { reasoning_effort?: string };

/** Compiles only if `Ours` is one of `Theirs`. */
function assignable<Ours extends Theirs, Theirs>(
  _ours?: Ours,
  _theirs?: Theirs,
): void {}

Deno.test("a chat request is one of the official package's", () => {
  assignable<Mutable<ChatRequest>, AnyEffort<Chat>>();
  assignable<Mutable<ChatMessage>, Message>();
  // No field of ours is unknown to it.
  assignable<keyof ChatRequest, keyof Chat>();
  const turn = { ...TURN, temperature: 1, maxTokens: 1, schema: {} };
  const sent = Object.keys(chatRequest(turn, { reduced: false })).sort();
  const known: (keyof Chat)[] = [
    "max_completion_tokens",
    "messages",
    "model",
    "reasoning_effort",
    "response_format",
    "stream",
    "stream_options",
    "temperature",
  ];
  assert.deepEqual(sent, known);
});

Deno.test("what is read of a chunk is where the official package has it", () => {
  const chunk: Chunk = {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{
      index: 0,
      delta: {
        content: "Hi",
        refusal: "!",
        tool_calls: [{
          index: 0,
          id: "a",
          type: "function",
          function: { name: "ls", arguments: "{}" },
        }],
      },
      finish_reason: "tool_calls",
    }],
    usage: {
      prompt_tokens: 1,
      completion_tokens: 2,
      total_tokens: 3,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 5 },
    },
  };
  assert.deepEqual(readChunk({ ...chunk }), {
    text: "Hi!",
    reasoning: "",
    calls: [{ index: 0, id: "a", name: "ls", arguments: "{}" }],
    finish: "tool_calls",
    usage: {
      inputTokens: 1,
      cachedInputTokens: 4,
      outputTokens: 2,
      reasoningTokens: 5,
      totalTokens: 3,
    },
  });
});

Deno.test("what is read of a whole answer is where the official package has it", () => {
  const whole: Whole = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{
      index: 0,
      message: { role: "assistant", content: "Hi", refusal: null },
      finish_reason: "length",
      logprobs: null,
    }],
  };
  const { text, finish } = readChunk({ ...whole });
  assert.deepEqual([text, finish], ["Hi", "length"]);
});

Deno.test("a request of openai-codex has the official names", async () => {
  const turn = {
    ...TURN,
    schema: { type: "object" },
    items: [{
      type: "user",
      parts: [
        { type: "text", text: "say hi" },
        { type: "image", mediaType: "image/png", base64: "AAAA" },
      ],
    }] as const,
  };
  const access = accessWith(SIGN_IN, "https://chatgpt.com");
  const body = await encodeCodex(turn, access).json();
  // Written out with the package's types; the endpoint is the plan's, the body the API's.
  const expected: Responses = {
    model: "gpt-5",
    instructions: "Be brief.",
    input: [{
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "say hi" },
        // The package demands `detail`, which the server does not.
        {
          type: "input_image",
          image_url: "data:image/png;base64,AAAA",
        } as OpenAI.Responses.ResponseInputImage,
      ],
    }],
    reasoning: { effort: "high", summary: "auto" },
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: TURN.session,
    text: {
      format: {
        type: "json_schema",
        name: "answer",
        strict: true,
        schema: { type: "object" },
      },
    },
  };
  assert.deepEqual(body, expected);
});

type Event<Type extends OpenAI.Responses.ResponseStreamEvent["type"]> = Extract<
  OpenAI.Responses.ResponseStreamEvent,
  { type: Type }
>;

function read(
  event: { readonly type: string },
): ReturnType<typeof readCodexEvent> {
  return readCodexEvent({ event: event.type, data: JSON.stringify(event) });
}

Deno.test("what is read of a Responses stream is where the official package has it", () => {
  const delta: Event<"response.output_text.delta"> = {
    type: "response.output_text.delta",
    delta: "Hi",
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    sequence_number: 1,
    logprobs: [],
  };
  assert.deepEqual(read(delta), {
    type: "text",
    delta: "Hi",
    place: { itemId: "msg_1", outputIndex: 0, contentIndex: 0 },
  });
  const summary: Event<"response.reasoning_summary_text.delta"> = {
    type: "response.reasoning_summary_text.delta",
    delta: "Hm",
    item_id: "rs_1",
    output_index: 0,
    summary_index: 0,
    sequence_number: 1,
  };
  assert.equal(read(summary)?.type, "reasoning");
  const failed: Event<"error"> = {
    type: "error",
    code: "server_error",
    message: "Boom",
    param: null,
    sequence_number: 1,
  };
  const error = read(failed);
  assert.ok(error?.type === "failed");
  assert.deepEqual([error.error.code, error.error.message], [
    failed.code,
    failed.message,
  ]);
});

Deno.test("what is read of a finished response is where the official package has it", () => {
  const usage: OpenAI.Responses.ResponseUsage = {
    input_tokens: 1,
    input_tokens_details: { cached_tokens: 2, cache_write_tokens: 0 },
    output_tokens: 3,
    output_tokens_details: { reasoning_tokens: 4 },
    total_tokens: 5,
  };
  const details: OpenAI.Responses.Response["incomplete_details"] = {
    reason: "max_output_tokens",
  };
  const types: readonly (
    | Event<"response.completed">["type"]
    | Event<"response.incomplete">["type"]
  )[] = ["response.completed", "response.incomplete"];
  for (const type of types) {
    const response = { usage, incomplete_details: details };
    const event = readCodexEvent({
      event: type,
      data: JSON.stringify({ type, response }),
    });
    assert.ok(event?.type === "completed" || event?.type === "incomplete");
    assert.deepEqual(event.usage, {
      inputTokens: 1,
      cachedInputTokens: 2,
      outputTokens: 3,
      reasoningTokens: 4,
      totalTokens: 5,
    });
    if (event.type === "incomplete") {
      assert.equal(event.reason, details.reason);
    }
  }
});
