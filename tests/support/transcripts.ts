import fc from "fast-check";
import type { ImagePart, Item, Made, Part } from "../../src/message.ts";
import type { Conversation } from "../../src/store/conversations.ts";
import {
  STATUSES,
  type ToldItem,
  type ToldTurn,
  type Transcript,
} from "../../src/store/transcript.ts";

/** The accounts that generated items belong to. */
export const ACCOUNTS = ["acct-1", "acct-2"];

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "\0", "a\0b", "\ud800", "\r\n", "会話"),
);
const images: readonly ImagePart[] = [1, 2, 3].map((number) => ({
  type: "image",
  mediaType: number === 1 ? "image/png" : "image/webp",
  base64: btoa(`picture ${number}`),
}));
const image = fc.constantFrom(...images);
const raw = fc.dictionary(fc.string(), fc.jsonValue(), {
  noNullPrototype: true,
})
  .map((value): Record<string, unknown> => JSON.parse(JSON.stringify(value)));
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const count = fc.option(fc.nat(), { nil: undefined });

function made(provider: string): fc.Arbitrary<Made> {
  return fc.record({
    raw: fc.option(raw, { nil: undefined }),
    origin: fc.record({
      provider: fc.constant(provider),
      account: fc.constantFrom(null, ...ACCOUNTS),
    }, { noNullPrototype: true }),
  }, { noNullPrototype: true });
}

/** An item that a call need not precede. */
function lone(provider: string): fc.Arbitrary<Item> {
  const part: fc.Arbitrary<Part> = fc.oneof(
    image,
    text.map((text) => ({ type: "text", text }) as const),
  );
  return fc.oneof(
    fc.array(part, { minLength: 1, maxLength: 3 })
      .map((parts) => ({ type: "user", parts }) as const),
    text.map((text) => ({ type: "summary", text }) as const),
    fc.tuple(fc.constantFrom("answer", "reasoning"), text, made(provider))
      .map(([type, text, made]) => ({ type, text, ...made }) as const),
    made(provider).map((made) => ({ type: "other", ...made }) as const),
  );
}

/** A call and, mostly, its result. */
function called(provider: string): fc.Arbitrary<readonly Item[]> {
  return fc.record({
    made: made(provider),
    id: fc.string(),
    name: fc.string(),
    given: text,
    output: text,
    images: fc.array(image, { maxLength: 2 }),
    error: fc.boolean(),
    answered: fc.boolean(),
  }).map(({ made, id, name, given, output, images, error, answered }) => [
    { type: "call", id, name, arguments: given, ...made } as const,
    ...answered ? [{ type: "result", id, output, images, error } as const] : [],
  ]);
}

const turn: fc.Arbitrary<ToldTurn> = fc.constantFrom(
  "openai-codex",
  "openai-api",
).chain((provider) =>
  fc.record({
    provider: fc.constant(provider),
    model: fc.string(),
    status: fc.constantFrom(...STATUSES),
    hidden: fc.boolean(),
    usage: fc.option(
      fc.record({
        inputTokens: count,
        cachedInputTokens: count,
        outputTokens: count,
        reasoningTokens: count,
        totalTokens: count,
      }, { noNullPrototype: true }),
      { nil: undefined },
    ),
    contextTokens: count,
    startedAt: time,
    endedAt: fc.option(time, { nil: undefined }),
    items: fc.tuple(
      fc.array(
        fc.oneof(lone(provider).map((item) => [item]), called(provider)),
        { maxLength: 5 },
      ),
      fc.option(text, { nil: undefined }),
    ).map(([items, cut]): readonly ToldItem[] => [
      ...items.flat().map((item) => ({ item, partial: false })),
      ...cut === undefined ? [] : [{
        item: {
          type: "answer",
          text: cut,
          raw: undefined,
          origin: { provider, account: null },
        } as const,
        partial: true,
      }],
    ]),
  }, { noNullPrototype: true })
);

const conversation: fc.Arbitrary<Conversation> = fc.record({
  id: fc.uuid(),
  name: fc.option(fc.stringMatching(/^[a-z]{1,20}$/), { nil: undefined }),
  folder: fc.string(),
  provider: fc.string(),
  model: fc.string(),
  instructions: fc.option(fc.string(), { nil: undefined }),
  parent: fc.option(fc.uuid(), { nil: undefined }),
  createdAt: time,
  updatedAt: time,
}, { noNullPrototype: true });

/** Any conversation that can be stored. */
export const TRANSCRIPTS: fc.Arbitrary<Transcript> = fc.record({
  conversation,
  turns: fc.array(turn, { maxLength: 4 }),
}, { noNullPrototype: true }).chain(({ conversation, turns }) =>
  fc.record({
    conversation: fc.constant(conversation),
    turns: fc.constant(turns),
    summaries: turns.length === 0 ? fc.constant([]) : fc.array(
      fc.record({
        turns: fc.integer({ min: 1, max: turns.length }),
        text: fc.string(),
        hidden: fc.boolean(),
        at: time,
      }, { noNullPrototype: true }),
      { maxLength: 2 },
    ),
  }, { noNullPrototype: true })
);
