// deno-lint-ignore-file camelcase -- names are the server's
import { denoHost } from "../../src/deno_host.ts";
import type { ImagePart, Item } from "../../src/message.ts";
import {
  endTurn,
  insertConversation,
  insertTurn,
} from "../../src/store/conversations.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { hashImages, insertItem } from "../../src/store/items.ts";
import { type Home, makeHome } from "./home.ts";

const TURNS = 500;
/** Every so many turns have a picture. */
const PICTURED = 20;
const PICTURE_BYTES = 50_000;
/** Of reasoning, before it is encoded: 6 KB of ciphertext. */
const SEALED_BYTES = 4608;

const ORIGIN = {
  provider: "openai-codex",
  account: "7a1f0b52-4c3d-4e8f-9a6b-0d2c4e6f8a10",
} as const;

/** The folders of a person with one conversation of this working folder: 500 turns with reasoning, 25 of them with pictures. */
export async function makeLongHome(folder: string): Promise<Home> {
  const home = await makeHome(folder);
  const path = `${home.env.MEKA_DATA_DIR}/sessions.db`;
  const { database } = await openDatabase(path, denoHost().host);
  const id = "01a2047b-1496-749b-ae5c-193ba57496e4";
  const now = Date.now();
  database.exec("PRAGMA synchronous = OFF; BEGIN");
  insertConversation(database, {
    id,
    name: undefined,
    folder: Deno.cwd(),
    provider: ORIGIN.provider,
    model: "gpt-5",
    instructions: undefined,
    parent: undefined,
    createdAt: now,
    updatedAt: now,
  });
  for (let n = 0; n < TURNS; n++) await addTurn(database, id, n);
  database.exec("COMMIT");
  database.close();
  return home;
}

async function addTurn(
  database: Database,
  conversation: string,
  n: number,
): Promise<void> {
  const said = question(n);
  const at = Date.now();
  const turn = insertTurn(database, conversation, {
    provider: ORIGIN.provider,
    model: "gpt-5",
    said,
    hashes: await hashImages(said),
    at,
  });
  for (const item of [reasoning(n, 0), reasoning(n, 1), answer(n)]) {
    insertItem(database, turn, item);
  }
  endTurn(database, turn, {
    status: "completed",
    usage: undefined,
    contextTokens: undefined,
    at,
  });
}

function question(n: number): Item {
  const text = `Question ${n}: ${"and another word ".repeat(15)}`;
  const words = { type: "text", text } as const;
  if (n % PICTURED !== 0) return { type: "user", parts: [words] };
  const picture: ImagePart = {
    type: "image",
    mediaType: "image/png",
    base64: randomBytes(PICTURE_BYTES).toBase64(),
  };
  return { type: "user", parts: [words, picture] };
}

function reasoning(n: number, place: number): Item {
  const raw = {
    id: `rs_${n}_${place}`,
    type: "reasoning",
    summary: [{ type: "summary_text", text: "**Thinking it over**" }],
    content: null,
    encrypted_content: randomBytes(SEALED_BYTES).toBase64(),
  };
  return { type: "reasoning", text: "", raw, origin: ORIGIN };
}

function answer(n: number): Item {
  const text = `Answer ${n}: ${"The quick brown fox, and so on. ".repeat(30)}`;
  const raw = {
    id: `msg_${n}`,
    type: "message",
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", annotations: [], logprobs: [], text }],
  };
  return { type: "answer", text, raw, origin: ORIGIN };
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
