import type { Item, Made, Part } from "../message.ts";
import { usageFields } from "../render/jsonl.ts";
import { hashImages, type ImageHashes } from "../store/items.ts";
import type {
  ToldItem,
  ToldSummary,
  ToldTurn,
  Transcript,
} from "../store/transcript.ts";

/** How the format calls itself, so that no other JSON is taken for it. */
export const FORMAT = "meka-conversation";
/** What is added to it does not change its version. */
export const FORMAT_VERSION = 1;

/** What items refer to by its SHA-256. */
interface References {
  readonly images: ImageHashes;
  /** By the account's id, which stays here. */
  readonly accounts: ReadonlyMap<string, string>;
}

/** All that is stored of a conversation, to be imported again; it names no account and holds no credential. */
export async function transcriptFields(
  { conversation, turns, summaries }: Transcript,
): Promise<object> {
  const items = turns.flatMap(({ items }) => items.map(({ item }) => item));
  const references = {
    images: await hashesOf(items),
    accounts: await hashAccounts(
      items.flatMap((item) => accountOf(item) ?? []),
    ),
  };
  return {
    format: FORMAT,
    version: FORMAT_VERSION,
    id: conversation.id,
    name: conversation.name ?? null,
    folder: conversation.folder,
    provider: conversation.provider,
    model: conversation.model,
    instructions: conversation.instructions ?? null,
    parent: conversation.parent ?? null,
    created_at: inSeconds(conversation.createdAt),
    updated_at: inSeconds(conversation.updatedAt),
    turns: turns.map((turn) => turnFields(turn, references)),
    summaries: summaries.map(summaryFields),
    images: imageFields(items, references.images),
  };
}

/** What an account is called in an export: only who knows its id can tell that it is this one. */
export async function hashAccounts(
  accounts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return new Map(
    await Promise.all([...new Set(accounts)].map(async (account) => {
      const bytes = new TextEncoder().encode(account);
      const digest = await crypto.subtle.digest("SHA-256", bytes);
      return [account, new Uint8Array(digest).toHex()] as const;
    })),
  );
}

/** The SHA-256 of every image of these items. */
export async function hashesOf(items: readonly Item[]): Promise<ImageHashes> {
  const hashes = new Map<string, string>();
  // One after the other: all of them at once would be in memory twice.
  for (const item of items) {
    for (const [base64, hash] of await hashImages(item)) {
      hashes.set(base64, hash);
    }
  }
  return hashes;
}

function turnFields(turn: ToldTurn, references: References): object {
  return {
    provider: turn.provider,
    model: turn.model,
    status: turn.status,
    hidden: turn.hidden,
    started_at: inSeconds(turn.startedAt),
    ended_at: turn.endedAt === undefined ? null : inSeconds(turn.endedAt),
    usage: turn.usage === undefined ? null : usageFields(turn.usage),
    context_tokens: turn.contextTokens ?? null,
    items: turn.items.map((told) => itemFields(told, references)),
  };
}

function itemFields(
  { item, partial }: ToldItem,
  references: References,
): object {
  const { type } = item;
  const cut = partial ? { partial } : {};
  switch (type) {
    case "user":
      return { type, parts: partFields(item.parts, references) };
    case "summary":
      return { type, text: item.text };
    case "answer":
    case "reasoning":
      return { type, text: item.text, ...cut, ...madeFields(item, references) };
    case "call": {
      const { id, name, arguments: given } = item;
      const made = madeFields(item, references);
      return { type, id, name, arguments: given, ...made };
    }
    case "result": {
      const { id, output, error } = item;
      const images = partFields(item.images, references);
      return { type, id, output, error, images };
    }
    case "other":
      return { type, ...madeFields(item, references) };
    default:
      return item satisfies never;
  }
}

function madeFields(
  { raw, origin }: Made,
  { accounts }: References,
): object {
  const account = accounts.get(origin?.account ?? "");
  return {
    ...account === undefined ? {} : { account },
    ...raw === undefined ? {} : { raw },
  };
}

function partFields(
  parts: readonly Part[],
  { images }: References,
): readonly object[] {
  return parts.map((part) =>
    part.type === "text"
      ? { type: "text", text: part.text }
      : { type: "image", sha256: images.get(part.base64) }
  );
}

function summaryFields(
  { turns, text, hidden, at }: ToldSummary,
): object {
  return { turns, text, hidden, created_at: inSeconds(at) };
}

function imageFields(items: readonly Item[], hashes: ImageHashes): object {
  const images = items.flatMap((item): readonly Part[] =>
    item.type === "user"
      ? item.parts
      : item.type === "result"
      ? item.images
      : []
  );
  return Object.fromEntries(
    images.flatMap((image) =>
      image.type === "text" ? [] : [[hashes.get(image.base64), {
        media_type: image.mediaType,
        base64: image.base64,
      }]]
    ),
  );
}

function accountOf(item: Item): string | undefined {
  return "origin" in item ? item.origin?.account ?? undefined : undefined;
}

/** As all of meka's JSON has it, but to the millisecond. */
function inSeconds(ms: number): number {
  return ms / 1000;
}
