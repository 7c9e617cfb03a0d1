import { MekaError } from "../errors.ts";
import type { Usage } from "../event.ts";
import type { ImagePart, Item, Made, Part } from "../message.ts";
import type { Conversation } from "../store/conversations.ts";
import {
  STATUSES,
  type ToldItem,
  type ToldSummary,
  type ToldTurn,
  type Transcript,
} from "../store/transcript.ts";
import {
  countAt,
  type Field,
  listAt,
  Misfit,
  objectAt,
  optionalAt,
  recordAt,
  shortAt,
  switchAt,
  textAt,
  timeAt,
  wordAt,
} from "./json_fields.ts";
import { FORMAT, FORMAT_VERSION } from "./session_json.ts";
import { checkName } from "./take_up.ts";

/** The longest name of a provider or a model, in characters. */
const LONGEST_NAME = 1_000;
/** The longest path, in characters. */
const LONGEST_PATH = 32_768;
/** How deeply what a model made may be nested. */
const DEEPEST = 1_000;
const MEDIA_TYPES = [
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
] as const;

/** The bytes of a SHA-256, in hexadecimal. */
const SHA_256 = /^[0-9a-f]{64}$/;

/** What is read of an export. */
export interface ReadTranscript extends Transcript {
  /** What it holds of accounts that nobody is signed in to here goes back to nobody. */
  readonly foreign: boolean;
}

/** What the items of an export refer to. */
interface Known {
  readonly provider: string;
  readonly images: ReadonlyMap<string, ImagePart>;
  /** The ids of accounts, by their SHA-256. */
  readonly accounts: ReadonlyMap<string, string>;
  /** The SHA-256 of others that were met. */
  readonly strangers: Set<string>;
}

type ItemType = Item["type"];

/** How each type of item is read. */
const READERS: {
  readonly [Type in ItemType]: (
    at: (name: string) => Field,
    known: Known,
  ) => Item & { readonly type: Type };
} = {
  user: (at, known) => ({
    type: "user",
    parts: listAt(at("parts"), (field) => partAt(field, known)),
  }),
  summary: (at) => ({ type: "summary", text: textAt(at("text")) }),
  answer: (at, known) => ({
    type: "answer",
    text: textAt(at("text")),
    ...madeAt(at, known),
  }),
  reasoning: (at, known) => ({
    type: "reasoning",
    text: textAt(at("text")),
    ...madeAt(at, known),
  }),
  call: (at, known) => ({
    type: "call",
    id: textAt(at("id")),
    name: textAt(at("name")),
    arguments: textAt(at("arguments")),
    ...madeAt(at, known),
  }),
  result: (at, known) => ({
    type: "result",
    id: textAt(at("id")),
    output: textAt(at("output")),
    error: switchAt(at("error")),
    images: listAt(at("images"), (field) => imageAt(field, known)),
  }),
  other: (at, known) => ({ type: "other", ...madeAt(at, known) }),
};

const ITEM_TYPES = Object.keys(READERS).filter((word): word is ItemType =>
  Object.hasOwn(READERS, word)
);

/**
 * Reads an export, in which nothing is taken on trust. `accounts` are the ids of those signed in here, by their SHA-256.
 *
 * @throws {Misfit} where it is not as it must be.
 */
export async function readTranscriptFields(
  document: unknown,
  accounts: ReadonlyMap<string, string>,
): Promise<ReadTranscript> {
  const root = { value: document, path: "$" };
  const at = objectAt(root);
  if (at("format").value !== FORMAT) {
    throw new Misfit(root, "a conversation that meka has exported");
  }
  if (countAt(at("version")) !== FORMAT_VERSION) {
    throw new Misfit(at("version"), `${FORMAT_VERSION} for this meka`);
  }
  const images = await imagesAt(at("images"));
  const strangers = new Set<string>();
  const turns = listAt(
    at("turns"),
    (field) => turnAt(field, { images, accounts, strangers }),
  );
  return {
    conversation: conversationAt(at),
    turns,
    summaries: listAt(
      at("summaries"),
      (field) => summaryAt(field, turns.length),
    ),
    foreign: strangers.size > 0,
  };
}

function conversationAt(at: (name: string) => Field): Conversation {
  return {
    id: textAt(at("id")),
    name: optionalAt(at("name"), nameAt),
    folder: shortAt(at("folder"), LONGEST_PATH),
    provider: shortAt(at("provider"), LONGEST_NAME),
    model: shortAt(at("model"), LONGEST_NAME),
    instructions: optionalAt(at("instructions"), textAt),
    parent: optionalAt(at("parent"), (field) => shortAt(field, LONGEST_NAME)),
    createdAt: timeAt(at("created_at")),
    updatedAt: timeAt(at("updated_at")),
  };
}

function nameAt(field: Field): string {
  const name = textAt(field);
  try {
    checkName(name);
    return name;
  } catch (error) {
    if (error instanceof MekaError) {
      throw new Misfit(field, "what a conversation can be called, or null");
    }
    throw error;
  }
}

function turnAt(
  field: Field,
  known: Omit<Known, "provider">,
): ToldTurn {
  const at = objectAt(field);
  const provider = shortAt(at("provider"), LONGEST_NAME);
  const called = new Set<string>();
  return {
    provider,
    model: shortAt(at("model"), LONGEST_NAME),
    status: wordAt(at("status"), STATUSES),
    hidden: switchAt(at("hidden")),
    usage: optionalAt(at("usage"), usageAt),
    contextTokens: optionalAt(at("context_tokens"), countAt),
    startedAt: timeAt(at("started_at")),
    endedAt: optionalAt(at("ended_at"), timeAt),
    items: listAt(at("items"), (field) => {
      const told = itemAt(field, { ...known, provider });
      const { item } = told;
      if (item.type === "call") called.add(item.id);
      // Services refuse a result without its call, and the conversation could not go on.
      if (item.type === "result" && !called.has(item.id)) {
        throw new Misfit(objectAt(field)("id"), "that of an earlier call");
      }
      return told;
    }),
  };
}

function itemAt(field: Field, known: Known): ToldItem {
  const at = objectAt(field);
  const type = wordAt(at("type"), ITEM_TYPES);
  const partial = optionalAt(at("partial"), switchAt) ?? false;
  if (partial && type !== "answer") {
    throw new Misfit(at("partial"), "false for what is no answer");
  }
  return { item: READERS[type](at, known), partial };
}

function madeAt(at: (name: string) => Field, known: Known): Made {
  const { provider, accounts, strangers } = known;
  const account = optionalAt(at("account"), hashAt);
  const id = accounts.get(account ?? "") ?? null;
  if (account !== undefined && id === null) strangers.add(account);
  return {
    raw: optionalAt(at("raw"), rawAt),
    origin: { provider, account: id },
  };
}

function rawAt(field: Field): Readonly<Record<string, unknown>> {
  const raw = recordAt(field);
  if (isShallow(raw, DEEPEST)) return raw;
  throw new Misfit(field, `an object of ${DEEPEST} levels at most`);
}

/** What is nested more deeply than any answer could not be written as JSON again by every runtime. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 &&
    Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

function partAt(field: Field, known: Known): Part {
  const at = objectAt(field);
  const type = wordAt(at("type"), ["text", "image"]);
  return type === "text"
    ? { type, text: textAt(at("text")) }
    : imageAt(field, known);
}

function imageAt(field: Field, { images }: Known): ImagePart {
  const at = objectAt(field);
  wordAt(at("type"), ["image"]);
  const image = images.get(hashAt(at("sha256")));
  if (image !== undefined) return image;
  throw new Misfit(at("sha256"), "that of one of the `images`");
}

async function imagesAt(
  field: Field,
): Promise<ReadonlyMap<string, ImagePart>> {
  const images = new Map<string, ImagePart>();
  for (const name of Object.keys(recordAt(field))) {
    if (!SHA_256.test(name)) {
      throw new Misfit(field, "an object whose names are SHA-256");
    }
    const inner = objectAt(field)(name);
    const at = objectAt(inner);
    const bytes = bytesAt(at("base64"));
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    if (new Uint8Array(digest).toHex() !== name) {
      throw new Misfit(at("base64"), "bytes with the SHA-256 that names them");
    }
    images.set(name, {
      type: "image",
      mediaType: wordAt(at("media_type"), MEDIA_TYPES),
      base64: bytes.toBase64(),
    });
  }
  return images;
}

function bytesAt(field: Field): Uint8Array<ArrayBuffer> {
  const text = textAt(field);
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    throw new Misfit(field, "base64");
  }
}

function hashAt(field: Field): string {
  const text = textAt(field);
  if (SHA_256.test(text)) return text;
  throw new Misfit(field, "a SHA-256 in hexadecimal");
}

function usageAt(field: Field): Usage {
  const at = objectAt(field);
  return {
    inputTokens: optionalAt(at("input_tokens"), countAt),
    cachedInputTokens: optionalAt(at("cached_input_tokens"), countAt),
    outputTokens: optionalAt(at("output_tokens"), countAt),
    reasoningTokens: optionalAt(at("reasoning_tokens"), countAt),
    totalTokens: optionalAt(at("total_tokens"), countAt),
  };
}

function summaryAt(field: Field, turns: number): ToldSummary {
  const at = objectAt(field);
  const count = countAt(at("turns"));
  if (count < 1 || count > turns) {
    throw new Misfit(at("turns"), `a number of turns, from 1 to ${turns}`);
  }
  return {
    turns: count,
    text: textAt(at("text")),
    hidden: switchAt(at("hidden")),
    at: timeAt(at("created_at")),
  };
}
