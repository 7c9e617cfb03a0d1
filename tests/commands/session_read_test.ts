import assert from "node:assert/strict";
import fc from "fast-check";
import { Misfit } from "../../src/commands/json_fields.ts";
import {
  hashAccounts,
  hashesOf,
  transcriptFields,
} from "../../src/commands/session_json.ts";
import { readTranscriptFields } from "../../src/commands/session_read.ts";
import type { Database } from "../../src/store/database.ts";
import { historyItems, readHistory } from "../../src/store/history.ts";
import {
  insertTranscript,
  readTranscript,
  type Transcript,
} from "../../src/store/transcript.ts";
import { openStore } from "../support/store.ts";
import { ACCOUNTS, TRANSCRIPTS } from "../support/transcripts.ts";

async function store(
  database: Database,
  transcript: Transcript,
): Promise<void> {
  const items = transcript.turns.flatMap(({ items }) => items);
  const hashes = await hashesOf(items.map(({ item }) => item));
  insertTranscript(database, transcript, hashes);
}

async function exported(transcript: Transcript): Promise<string> {
  return JSON.stringify(await transcriptFields(transcript));
}

async function known(
  accounts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const hashes = await hashAccounts(accounts);
  return new Map([...hashes].map(([account, hash]) => [hash, account]));
}

Deno.test("readTranscriptFields() reads all that transcriptFields() wrote of any conversation, and it is replayed the same", async () => {
  const accounts = await known(ACCOUNTS);
  await fc.assert(fc.asyncProperty(TRANSCRIPTS, async (transcript) => {
    const { id } = transcript.conversation;
    using here = openStore();
    await store(here, transcript);
    const kept = readTranscript(here, transcript.conversation);
    const json = await exported(kept);
    for (const account of ACCOUNTS) assert.ok(!json.includes(account));

    const { foreign: _, ...read } = await readTranscriptFields(
      JSON.parse(json),
      accounts,
    );
    assert.deepEqual(read, kept);
    using there = openStore();
    await store(there, read);
    assert.deepEqual(readTranscript(there, read.conversation), kept);
    assert.deepEqual(
      historyItems(readHistory(there, id)),
      historyItems(readHistory(here, id)),
    );
    assert.deepEqual(
      readHistory(there, id).contextTokens,
      readHistory(here, id).contextTokens,
    );
  }));
});

Deno.test("readTranscriptFields() gives what a stranger's account made to nobody", async () => {
  const accounts = await known(["acct-2"]);
  await fc.assert(fc.asyncProperty(TRANSCRIPTS, async (transcript) => {
    using database = openStore();
    await store(database, transcript);
    const kept = readTranscript(database, transcript.conversation);
    const json = await exported(kept);
    const read = await readTranscriptFields(JSON.parse(json), accounts);
    const origins = ({ turns }: Transcript): unknown[] =>
      turns.flatMap(({ items }) =>
        items.map(({ item }) => "origin" in item ? item.origin?.account : 0)
      );
    assert.deepEqual(
      origins(read),
      origins(kept).map((account) => account === "acct-1" ? null : account),
    );
    assert.equal(read.foreign, origins(kept).includes("acct-1"));
  }));
});

/** A small export, to be spoiled. */
function good(): Record<string, unknown> {
  return {
    format: "meka-conversation",
    version: 1,
    id: "019aa000-0000-7000-8000-000000000001",
    name: "mine",
    folder: "/project",
    provider: "openai-codex",
    model: "gpt-x",
    instructions: null,
    parent: null,
    created_at: 1_700_000_000.123,
    updated_at: 1_700_000_001,
    turns: [{
      provider: "openai-codex",
      model: "gpt-x",
      status: "completed",
      hidden: false,
      started_at: 1_700_000_000,
      ended_at: null,
      usage: { input_tokens: 1 },
      context_tokens: 9,
      items: [
        {
          type: "user",
          parts: [{ type: "text", text: "hi" }, {
            type: "image",
            sha256: HASH,
          }],
        },
        { type: "reasoning", text: "", raw: { a: 1 }, account: HASH },
        { type: "call", id: "c", name: "read_file", arguments: "{}" },
        { type: "result", id: "c", output: "", error: false, images: [] },
        { type: "answer", text: "hello", partial: true },
      ],
    }],
    summaries: [{
      turns: 1,
      text: "short",
      hidden: false,
      created_at: 1_700_000_000,
    }],
    images: { [HASH]: { media_type: "image/png", base64: "YWJj" } },
  };
}

/** Of "abc". */
const HASH = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("readTranscriptFields() takes the export that the next tests spoil", async () => {
  const read = await readTranscriptFields(good(), new Map());
  assert.equal(read.conversation.createdAt, 1_700_000_000_123);
  assert.equal(read.turns[0]?.items.length, 5);
  assert.equal(read.foreign, true);
});

Deno.test("readTranscriptFields() passes over fields that it does not know", async () => {
  const more = { ...good(), later: [1], __proto__: { version: 2 } };
  const read = await readTranscriptFields(more, new Map());
  assert.equal(read.conversation.name, "mine");
});

/** An object that is nested too deeply to be written again. */
function deep(): unknown {
  let nested: unknown = {};
  for (let depth = 0; depth < 100_000; depth++) nested = { a: nested };
  return nested;
}

const TURN = "turns.0";
const ITEM = (at: number): string => `${TURN}.items.${at}`;

// the place that is spoiled, what stands there, what is said of it
const SPOILED: readonly (readonly [string, unknown, RegExp])[] = [
  ["format", "other", /^\$ must be a conversation that meka has exported$/],
  ["format", undefined, /^\$ must be a conversation/],
  ["version", 2, /^\$\.version must be 1 for this meka$/],
  ["version", "1", /^\$\.version must be a whole number/],
  ["name", "a\nb", /^\$\.name must be what a conversation can be called/],
  ["name", " ", /^\$\.name must be/],
  ["name", 7, /^\$\.name must be a text$/],
  ["folder", null, /^\$\.folder must be a text$/],
  ["folder", "x".repeat(40_000), /^\$\.folder must be a text of 32768 char/],
  ["model", ["gpt"], /^\$\.model must be a text$/],
  ["created_at", 1e300, /^\$\.created_at must be a time in epoch seconds$/],
  ["created_at", -1, /^\$\.created_at must be a time/],
  ["created_at", "2026", /^\$\.created_at must be a time/],
  ["updated_at", null, /^\$\.updated_at must be a time/],
  ["turns", {}, /^\$\.turns must be a list$/],
  ["turns", undefined, /^\$\.turns must be a list$/],
  [TURN, null, /^\$\.turns\[0\] must be an object$/],
  [TURN, [], /^\$\.turns\[0\] must be an object$/],
  [`${TURN}.status`, "done", /^\$\.turns\[0\]\.status must be one of: open, /],
  [`${TURN}.hidden`, 0, /^\$\.turns\[0\]\.hidden must be true or false$/],
  [`${TURN}.usage`, [], /^\$\.turns\[0\]\.usage must be an object$/],
  [`${TURN}.usage.input_tokens`, 1e30, /input_tokens must be a whole number/],
  [`${TURN}.usage.input_tokens`, -1, /input_tokens must be a whole number/],
  [`${TURN}.usage.input_tokens`, 0.5, /input_tokens must be a whole number/],
  [`${TURN}.context_tokens`, 2 ** 53, /context_tokens must be a whole number/],
  [`${TURN}.items`, "x", /^\$\.turns\[0\]\.items must be a list$/],
  [ITEM(0), "x", /^\$\.turns\[0\]\.items\[0\] must be an object$/],
  [`${ITEM(0)}.type`, "__proto__", /items\[0\]\.type must be one of: user, /],
  [`${ITEM(0)}.type`, "toString", /items\[0\]\.type must be one of: user, /],
  [`${ITEM(0)}.parts`, null, /items\[0\]\.parts must be a list$/],
  [`${ITEM(0)}.parts.0.type`, "video", /parts\[0\]\.type must be one of: text/],
  [`${ITEM(0)}.parts.0.text`, 1, /parts\[0\]\.text must be a text$/],
  [`${ITEM(0)}.parts.1.sha256`, "x", /sha256 must be a SHA-256 in hex/],
  [
    `${ITEM(0)}.parts.1.sha256`,
    "0".repeat(64),
    /parts\[1\]\.sha256 must be that of one of the `images`$/,
  ],
  [`${ITEM(0)}.partial`, true, /partial must be false for what is no answer$/],
  [`${ITEM(1)}.raw`, "x", /items\[1\]\.raw must be an object$/],
  [
    `${ITEM(1)}.raw`,
    deep(),
    /items\[1\]\.raw must be an object of 1000 levels/,
  ],
  [`${ITEM(1)}.account`, "acct", /account must be a SHA-256 in hexadecimal$/],
  [`${ITEM(2)}.id`, null, /items\[2\]\.id must be a text$/],
  [`${ITEM(2)}.id`, "d", /items\[3\]\.id must be that of an earlier call$/],
  [`${ITEM(3)}.error`, "no", /items\[3\]\.error must be true or false$/],
  [
    `${ITEM(3)}.images`,
    [{ type: "text", text: "" }],
    /type must be one of: im/,
  ],
  [`${ITEM(4)}.text`, { a: 1 }, /items\[4\]\.text must be a text$/],
  ["summaries", null, /^\$\.summaries must be a list$/],
  ["summaries.0.turns", 0, /turns must be a number of turns, from 1 to 1$/],
  ["summaries.0.turns", 2, /turns must be a number of turns, from 1 to 1$/],
  ["images", [], /^\$\.images must be an object$/],
  [
    "images",
    { x: 1 },
    /^\$\.images must be an object whose names are SHA-256$/,
  ],
  [`images.${HASH}.base64`, "a b!", /base64 must be base64$/],
  [`images.${HASH}.base64`, "Y", /base64 must be base64$/],
  [`images.${HASH}.base64`, "YWJ", /must be bytes with the SHA-256 that/],
  [`images.${HASH}.base64`, "YWJk", /must be bytes with the SHA-256 that/],
  [`images.${HASH}.media_type`, "image/svg+xml", /must be one of: image\/png/],
];

for (const [place, value, message] of SPOILED) {
  const shown = JSON.stringify(value, (_, value) =>
    JSON.stringify(value)?.length > 100 ? "…" : value) ?? "nothing";
  Deno.test(`readTranscriptFields() refuses ${shown.slice(0, 40)} at ${place.slice(0, 40)}`, async () => {
    const document = good();
    spoil(document, place.split("."), value);
    await assert.rejects(
      readTranscriptFields(document, new Map()),
      (error) => {
        assert.ok(error instanceof Misfit, `${error}`);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

for (const document of [null, 1, "x", [], [good()], {}]) {
  Deno.test(`readTranscriptFields() refuses ${JSON.stringify(document).slice(0, 20)}`, async () => {
    await assert.rejects(
      readTranscriptFields(document, new Map()),
      /^Misfit: \$ must be /,
    );
  });
}

Deno.test("readTranscriptFields() refuses whatever else stands anywhere, or takes it", async () => {
  const places = [...placesIn(good(), [])];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...places),
      fc.jsonValue(),
      async (place, value) => {
        const document = good();
        spoil(document, place, value);
        try {
          const read = await readTranscriptFields(document, new Map());
          // What is taken can be stored.
          using database = openStore();
          await store(database, read);
        } catch (error) {
          assert.ok(error instanceof Misfit, `${error}`);
        }
      },
    ),
    { numRuns: 500 },
  );
});

function* placesIn(
  value: unknown,
  path: readonly string[],
): Generator<readonly string[]> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    yield [...path, name];
    yield* placesIn(inner, [...path, name]);
  }
}

function spoil(
  document: object,
  path: readonly string[],
  value: unknown,
): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    Object.assign(document, { [name]: value });
    return;
  }
  const inner: unknown = Object.entries(document)
    .find(([key]) => key === name)?.[1];
  assert.ok(typeof inner === "object" && inner !== null, name);
  spoil(inner, rest, value);
}
