import assert from "node:assert/strict";
import { MekaError } from "../../src/errors.ts";
import type { StreamEvent } from "../../src/event.ts";
import { openaiApi } from "../../src/providers/openai_api/mod.ts";
import { openaiCodex } from "../../src/providers/openai_codex/mod.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { parse } from "../../src/sse/parse.ts";

// A pair in the folder is a test: <case>.sse and the events it stands for, <case>.events.json.
const CONTEXT = {
  model: "gpt-5",
  now: () => Date.UTC(2026, 10, 22),
  idPrefix: "call_",
};

/** Folder, provider, what stands in the message from which on the answer is whole. */
const FOLDERS: readonly (readonly [string, Provider, RegExp])[] = [
  [
    "openai_codex",
    openaiCodex,
    /"type":"response\.(?:completed|incomplete)"/,
  ],
  ["openai_api", openaiApi, /"finish_reason":"[^"]|data: ?\[DONE\]/],
];

for (const [folder, provider, lastWord] of FOLDERS) {
  const url = new URL(`../fixtures/${folder}/`, import.meta.url);
  for (const { name } of Deno.readDirSync(url)) {
    if (!name.endsWith(".sse")) continue;
    const fixture = name.slice(0, -".sse".length);
    const bytes = Deno.readFileSync(new URL(name, url));
    const expected: StreamEvent[] = JSON.parse(
      Deno.readTextFileSync(new URL(`${fixture}.events.json`, url)),
    );
    const whole = expected.map((event) => JSON.stringify(event));

    for (const size of [bytes.length, 1, 7]) {
      Deno.test(`decode() reads ${folder}/${fixture}, ${size} bytes at a time`, async () => {
        const { events, error } = await decoded(provider, pieces(bytes, size));
        assert.equal(error, undefined);
        assert.deepEqual(events, whole);
      });
    }

    Deno.test(`decode() calls ${folder}/${fixture} broken when cut after any message but the last`, async () => {
      const text = new TextDecoder().decode(bytes);
      const ends = [...text.matchAll(/\r?\n\r?\n/g)]
        .map((match) => match.index + match[0].length);
      const last = ends.findIndex((end) => lastWord.test(text.slice(0, end)));
      assert.ok(last >= 0, "no last word");
      for (const end of ends.slice(0, last)) {
        const part = new TextEncoder().encode(text.slice(0, end));
        const { events, error } = await decoded(provider, [part]);
        assert.ok(error instanceof MekaError, `cut at ${end}`);
        assert.equal(error.kind, "network");
        assert.deepEqual(error.retry, {});
        assert.deepEqual(
          events,
          whole.slice(0, events.length),
          `cut at ${end}`,
        );
      }
    });
  }
}

async function decoded(
  provider: Provider,
  chunks: readonly Uint8Array[],
): Promise<{ events: string[]; error: unknown }> {
  const events: StreamEvent[] = [];
  let error: unknown;
  try {
    const batches = provider.decode(parse(stream(chunks)), CONTEXT);
    for await (const batch of batches) events.push(...batch);
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
