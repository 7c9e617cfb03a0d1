import type { ImagePart, Item, Made, Part } from "../message.ts";
import type { ToldItem } from "../store/transcript.ts";
import {
  type Field,
  listAt,
  Misfit,
  objectAt,
  optionalAt,
  recordAt,
  switchAt,
  textAt,
  wordAt,
} from "./json_fields.ts";

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

/** What the items of an export refer to. */
export interface Known {
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

/** An item of a turn. */
export function itemAt(field: Field, known: Known): ToldItem {
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

/** The pictures of an export, by the SHA-256 of their bytes. */
export async function imagesAt(
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
