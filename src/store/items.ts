import type { ImagePart, Item, Made, Origin, Part } from "../message.ts";
import type { Database } from "./database.ts";

/** An image under the SHA-256 of its bytes, so that it is kept once however often it is sent. */
interface StoredImage {
  readonly type: "image";
  readonly hash: string;
}

type StoredPart = Readonly<{ type: "text"; text: string }> | StoredImage;

/** Which items are read. */
export interface ItemRange {
  readonly conversation: string;
  /** Only those of later turns than this one; 0 for all. */
  readonly after: number;
  /** Those of turns that were taken back, too. */
  readonly hidden?: boolean;
  /** Pictures come without their bytes. */
  readonly bare?: boolean;
}

/** What an item is stored as: the columns of `items` that are its own. */
interface ItemRow {
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly raw?: unknown;
  readonly account?: string | null | undefined;
}

/** The hashes of images, by the images' base64, for an item that is to be stored. */
export type ImageHashes = ReadonlyMap<string, string>;

const NO_HASHES: ImageHashes = new Map();

/** From how many characters on an answer is long. */
const LONG = 4096;

/** The SHA-256 of each image of an item; empty for most. */
export async function hashImages(item: Item): Promise<ImageHashes> {
  const images = imagesOf(item);
  if (images.length === 0) return NO_HASHES;
  return new Map(
    await Promise.all(images.map(async ({ base64 }) => {
      const bytes = Uint8Array.fromBase64(base64);
      const digest = await crypto.subtle.digest("SHA-256", bytes);
      return [base64, new Uint8Array(digest).toHex()] as const;
    })),
  );
}

/** Appends an item to a turn and returns its id; `hashes` has an entry for each of its images. */
export function insertItem(
  database: Database,
  turn: number,
  item: Item,
  { hashes = NO_HASHES, partial = false }: {
    readonly hashes?: ImageHashes;
    readonly partial?: boolean;
  } = {},
): number {
  const { text, fields, raw, account } = exact(toRow(item, hashes));
  const { lastInsertRowid } = database.prepare(`
    INSERT INTO items (turn, type, text, fields, raw, account, partial) VALUES (?, ?, ?, ?, ?, ?, ?)
  `).run(
    turn,
    item.type,
    text,
    json(fields),
    json(raw),
    account ?? null,
    partial ? 1 : 0,
  );
  const id = Number(lastInsertRowid);
  for (const { base64, mediaType } of imagesOf(item)) {
    const hash = hashOf(base64, hashes);
    database.prepare(
      "INSERT OR IGNORE INTO images (hash, media_type, bytes) VALUES (?, ?, ?)",
    ).run(hash, mediaType, Uint8Array.fromBase64(base64));
    database.prepare(
      "INSERT OR IGNORE INTO item_images (item, hash) VALUES (?, ?)",
    ).run(id, hash);
  }
  return id;
}

/** Tells whether a column of text gives back what was put in: not half a character, nor what follows a NUL. */
export function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** A text that its column cannot give back stands in JSON, too, which escapes what is the matter with it. */
function exact(row: ItemRow): ItemRow {
  const { text, fields } = row;
  return isPlain(text) ? row : { ...row, fields: { ...fields, text } };
}

/**
 * Makes what appends a piece of an answer that is not whole yet. One statement for all of them, because each keeps a copy
 * of what it was given until the runtime gets around to it.
 */
export function pieceInserter(
  database: Database,
): (turn: number, text: string) => void {
  const statement = database.prepare(
    "INSERT INTO items (turn, type, text, partial) VALUES (?, 'answer', ?, 1)",
  );
  return (turn, text) => {
    statement.run(turn, text);
  };
}

/** What the pieces of a turn hold, which belong to the answer that is under way. */
export function readPieces(database: Database, turn: number): string {
  return database.prepare(
    "SELECT text, fields FROM items WHERE turn = ? AND partial = 1 ORDER BY id",
  ).all(turn).map(textOf).join("");
}

/** Removes the pieces of a turn, once something whole takes their place. */
export function deletePieces(database: Database, turn: number): void {
  database.prepare("DELETE FROM items WHERE turn = ? AND partial = 1")
    .run(turn);
}

/** An item and the turn it belongs to. */
export interface TurnItem {
  readonly turn: number;
  readonly item: Item;
  /** It is only the beginning of an answer. */
  readonly partial?: true;
}

/** The items of a conversation in their order. */
export function readItems(database: Database, range: ItemRange): TurnItem[] {
  const { conversation, after, hidden = false } = range;
  const images = readImages(database, range);
  const rows = database.prepare(`
    SELECT items.turn, items.partial, items.type, items.text, items.fields, items.raw, items.account, turns.provider
    FROM turns JOIN items ON items.turn = turns.id
    WHERE turns.conversation = ? AND turns.id > ? AND turns.hidden <= ?
    ORDER BY turns.id, items.id
  `).all(conversation, after, hidden ? 1 : 0);
  const found: TurnItem[] = [];
  // The pieces of an answer that was cut stand in rows of their own.
  let pieces = "";
  for (const [at, row] of rows.entries()) {
    if (row.partial === 1) {
      pieces += textOf(row);
      const next = rows[at + 1];
      if (next?.partial === 1 && next.turn === row.turn) continue;
    }
    const whole = row.partial === 1
      ? { ...row, text: pieces, fields: null }
      : row;
    found.push({
      turn: Number(row.turn),
      item: toItem(whole, images),
      ...row.partial === 1 ? { partial: true } : {},
    });
    pieces = "";
  }
  return found;
}

function readImages(
  database: Database,
  { conversation, after, hidden = false, bare = false }: ItemRange,
): ReadonlyMap<string, ImagePart> {
  const rows = database.prepare(`
    SELECT DISTINCT images.hash, images.media_type, ${
    bare ? "NULL" : "images.bytes"
  } AS bytes
    FROM turns
      JOIN items ON items.turn = turns.id
      JOIN item_images ON item_images.item = items.id
      JOIN images ON images.hash = item_images.hash
    WHERE turns.conversation = ? AND turns.id > ? AND turns.hidden <= ?
  `).all(conversation, after, hidden ? 1 : 0);
  return new Map(rows.map(({ hash, media_type: mediaType, bytes }) => [
    String(hash),
    {
      type: "image",
      mediaType: String(mediaType),
      base64: bytes instanceof Uint8Array ? bytes.toBase64() : "",
    },
  ]));
}

/** A row of `items` with the provider of its turn. */
export function toItem(
  row: Readonly<Record<string, unknown>>,
  images: ReadonlyMap<string, ImagePart>,
): Item {
  const fields = object(parsed(row.fields));
  const text = String(fields.text ?? row.text);
  const raw = row.raw === null ? undefined : object(parsed(row.raw));
  const made: Made = {
    raw: raw !== undefined && fields.long === true ? withText(raw, text) : raw,
    origin: originOf(row),
  };
  switch (row.type) {
    case "user":
      return { type: "user", parts: toParts(fields.parts, text, images) };
    case "summary":
      return { type: "summary", text };
    case "answer":
      return { type: "answer", text, ...made };
    case "reasoning":
      return { type: "reasoning", text, ...made };
    case "call": {
      const { id, name } = fields;
      const called = { id: String(id), name: String(name), arguments: text };
      return { type: "call", ...called, ...made };
    }
    case "result":
      return {
        type: "result",
        id: String(fields.id),
        output: text,
        images: toParts(fields.images, "", images).filter(isImage),
        error: fields.error === true,
      };
    default:
      return { type: "other", ...made };
  }
}

/** The exact text of a row of `items`. */
function textOf(row: Readonly<Record<string, unknown>>): string {
  return String(object(parsed(row.fields)).text ?? row.text);
}

/** Without the account nobody can tell whose it is, so that nobody gets it. */
function originOf(
  { provider, account }: Readonly<Record<string, unknown>>,
): Origin {
  return {
    provider: String(provider),
    account: typeof account === "string" ? account : null,
  };
}

function toRow(item: Item, hashes: ImageHashes): ItemRow {
  switch (item.type) {
    case "user": {
      const [first, ...others] = item.parts;
      const alone = first?.type === "text" && first.text !== "" &&
        others.length === 0;
      return {
        text: item.parts.map((part) => part.type === "text" ? part.text : "")
          .filter((text) => text !== "").join("\n\n"),
        ...alone ? {} : { fields: { parts: stored(item.parts, hashes) } },
      };
    }
    case "summary":
      return { text: item.text };
    case "answer": {
      const row = { text: item.text, ...madeRow(item) };
      const raw = withoutText(item);
      return raw === undefined ? row : { ...row, raw, fields: { long: true } };
    }
    case "reasoning":
      return { text: item.text, ...madeRow(item) };
    case "call": {
      const { id, name } = item;
      return { text: item.arguments, fields: { id, name }, ...madeRow(item) };
    }
    case "result": {
      const { id, output, images, error } = item;
      return {
        text: output,
        fields: {
          id,
          ...error ? { error } : {},
          ...images.length === 0 ? {} : { images: stored(images, hashes) },
        },
      };
    }
    case "other":
      return { text: "", ...madeRow(item) };
    default:
      return item satisfies never;
  }
}

/** A long answer is not stored twice: where it is all that a message says, it stands in its column alone. */
function withoutText({ raw, text }: Made & { text: string }): Made["raw"] {
  if (text.length < LONG || !Array.isArray(raw?.content)) return undefined;
  const [part, ...others] = raw.content;
  return others.length === 0 && object(part).text === text
    ? withText(raw, "")
    : undefined;
}

/** The message with this as the text of its only part; the order of its fields stays. */
function withText(raw: NonNullable<Made["raw"]>, text: string): Made["raw"] {
  const [part] = Array.isArray(raw.content) ? raw.content : [];
  return { ...raw, content: [{ ...object(part), text }] };
}

function madeRow({ raw, origin }: Made): Pick<ItemRow, "raw" | "account"> {
  return { raw, account: origin?.account };
}

function stored(
  parts: readonly Part[],
  hashes: ImageHashes,
): readonly StoredPart[] {
  return parts.map((part) =>
    part.type === "text"
      ? part
      : { type: "image", hash: hashOf(part.base64, hashes) }
  );
}

function toParts(
  value: unknown,
  text: string,
  images: ReadonlyMap<string, ImagePart>,
): readonly Part[] {
  if (!Array.isArray(value)) {
    return text === "" ? [] : [{ type: "text", text }];
  }
  return value.flatMap((entry): Part[] => {
    const part = object(entry);
    if (part.type === "text") {
      return [{ type: "text", text: String(part.text) }];
    }
    const image = images.get(String(part.hash));
    return image === undefined ? [] : [image];
  });
}

function isImage(part: Part): part is ImagePart {
  return part.type === "image";
}

function imagesOf(item: Item): readonly ImagePart[] {
  if (item.type === "user") return item.parts.filter(isImage);
  return item.type === "result" ? item.images : [];
}

function hashOf(base64: string, hashes: ImageHashes): string {
  const hash = hashes.get(base64);
  if (hash === undefined) throw new Error("an image without its hash");
  return hash;
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function parsed(value: unknown): unknown {
  return typeof value === "string" ? JSON.parse(value) : undefined;
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
