import { orAborted } from "../or_aborted.ts";
import { MekaError } from "../errors.ts";
import { findByName } from "../store/conversations.ts";
import { accountIds } from "../store/tokens.ts";
import { insertTranscript } from "../store/transcript.ts";
import { type CommandContext, note } from "./context.ts";
import { Misfit } from "./json_fields.ts";
import { LONGEST_IMPORT } from "./session_export.ts";
import { newSession } from "./session_id.ts";
import { hashAccounts, hashesOf } from "./session_json.ts";
import { type ReadTranscript, readTranscriptFields } from "./session_read.ts";
import { demandWritable, withStore } from "./session_store.ts";

/** Takes back what `meka session export --format json` wrote, as a conversation of its own, and says its id. */
export async function sessionImport(context: CommandContext): Promise<number> {
  const { host, words: [file] } = context;
  if (file === undefined) {
    throw new MekaError("usage", "`session import` needs a file, or `-`");
  }
  const label = file === "-" ? "standard input" : `"${file}"`;
  const document = parse(await read(file, label, context), label);
  // Before there is a store to write to: a wrong file leaves nothing behind.
  const transcript = await check(document, label, context);
  await withStore(context, async (store) => {
    const { database } = store;
    demandWritable(store, context);
    const { conversation, turns } = transcript;
    const items = turns.flatMap(({ items }) => items.map(({ item }) => item));
    const hashes = await hashesOf(items);
    const { name } = conversation;
    const taken = name !== undefined &&
      findByName(database, name) !== undefined;
    const id = newSession(host);
    const own = { ...conversation, id, name: taken ? undefined : name };
    insertTranscript(database, { ...transcript, conversation: own }, hashes);
    if (taken) {
      await note(
        context,
        `Another conversation has the name "${name}"; this one has none`,
      );
    }
    if (transcript.foreign) {
      await note(
        context,
        "What a model thought for an account that is not signed in here is kept, but not sent again",
      );
    }
    await host.write({ to: "stdout", text: `${id}\n` });
  }, { create: true });
  return 0;
}

async function check(
  document: unknown,
  label: string,
  context: CommandContext,
): Promise<ReadTranscript> {
  const accounts = await withStore(
    context,
    ({ database }) => hashAccounts(accountIds(database)),
  );
  const byHash = new Map([...accounts].map(([id, hash]) => [hash, id]));
  try {
    return await readTranscriptFields(document, byHash);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw cannot(label, error.message, error);
  }
}

function parse(bytes: Uint8Array, label: string): unknown {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw cannot(label, "it is not JSON", error);
  }
}

async function read(
  file: string,
  label: string,
  { host }: CommandContext,
): Promise<Uint8Array> {
  if (file === "-") return await readStdin(label, host);
  let bytes: Uint8Array | undefined;
  try {
    // A pipe has no size that could be told.
    if ((await host.fileSize(file) ?? 0) > LONGEST_IMPORT) throw tooLong(label);
    bytes = await host.readFile(file);
  } catch (error) {
    if (error instanceof MekaError) throw error;
    const why = error instanceof Error ? error.message : "unknown reason";
    throw cannot(label, why, error);
  }
  if (bytes === undefined) {
    throw new MekaError("usage", `There is no file ${label} to import`);
  }
  if (bytes.length > LONGEST_IMPORT) throw tooLong(label);
  return bytes;
}

async function readStdin(
  label: string,
  { stdin, interrupt }: CommandContext["host"],
): Promise<Uint8Array> {
  const reader = stdin.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { value, done } = await orAborted(reader.read(), interrupt);
    if (done) break;
    length += value.length;
    if (length > LONGEST_IMPORT) throw tooLong(label);
    chunks.push(new Uint8Array(value));
  }
  return await new Blob(chunks).bytes();
}

function tooLong(label: string): MekaError {
  return cannot(
    label,
    `it is longer than ${LONGEST_IMPORT / 1024 / 1024} MB`,
    undefined,
  );
}

function cannot(label: string, why: string, cause: unknown): MekaError {
  return new MekaError("usage", `Cannot import ${label}: ${why}`, { cause });
}
