import assert from "node:assert/strict";
import { MekaError } from "../../../src/errors.ts";
import type { StreamEvent } from "../../../src/event.ts";
import { openaiCodex } from "../../../src/providers/openai_codex/mod.ts";
import { parse } from "../../../src/sse/parse.ts";

// A pair in tests/fixtures/openai_codex is a test: <case>.sse and the events it stands for, <case>.events.json.
const FOLDER = new URL("../../fixtures/openai_codex/", import.meta.url);
const CONTEXT = { model: "gpt-5", now: () => Date.UTC(2026, 10, 22) };

for (const { name } of Deno.readDirSync(FOLDER)) {
  if (!name.endsWith(".sse")) continue;
  const fixture = name.slice(0, -".sse".length);
  const bytes = Deno.readFileSync(new URL(name, FOLDER));
  const expected: StreamEvent[] = JSON.parse(
    Deno.readTextFileSync(new URL(`${fixture}.events.json`, FOLDER)),
  );
  const whole = expected.map((event) => JSON.stringify(event));

  for (const size of [bytes.length, 1, 7]) {
    Deno.test(`decode() reads ${fixture}, ${size} bytes at a time`, async () => {
      const { events, error } = await decoded(pieces(bytes, size));
      assert.equal(error, undefined);
      assert.deepEqual(events, whole);
    });
  }

  Deno.test(`decode() calls ${fixture} broken when cut after any message but the last`, async () => {
    const text = new TextDecoder().decode(bytes);
    const ends = [...text.matchAll(/\r?\n\r?\n/g)]
      .map((match) => match.index + match[0].length);
    const last = ends.findIndex((end) =>
      /"type":"response\.(?:completed|incomplete)"/.test(text.slice(0, end))
    );
    for (const end of ends.slice(0, last)) {
      const part = new TextEncoder().encode(text.slice(0, end));
      const { events, error } = await decoded([part]);
      assert.ok(error instanceof MekaError, `cut at ${end}`);
      assert.equal(error.kind, "network");
      assert.deepEqual(error.retry, {});
      assert.deepEqual(events, whole.slice(0, events.length), `cut at ${end}`);
    }
  });
}

async function decoded(
  chunks: readonly Uint8Array[],
): Promise<{ events: string[]; error: unknown }> {
  const events: StreamEvent[] = [];
  let error: unknown;
  try {
    for await (
      const batch of openaiCodex.decode(parse(stream(chunks)), CONTEXT)
    ) {
      events.push(...batch);
    }
  } catch (failure) {
    error = failure;
  }
  return { events: events.map((event) => JSON.stringify(event)), error };
}

async function* stream(
  chunks: readonly Uint8Array[],
): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, index) => bytes.subarray(index * size, (index + 1) * size),
  );
}
