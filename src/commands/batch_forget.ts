import { databasePath } from "../config/paths.ts";
import { MekaError } from "../errors.ts";
import { forgetAnswers } from "../store/batch.ts";
import {
  type Database,
  explainDatabase,
  openDatabase,
} from "../store/database.ts";
import { emptyJournal } from "../store/journal.ts";
import { askRepeatedly, beginImmediate, rollback } from "../store/lock.ts";
import { type CommandContext, warn } from "./context.ts";

/** Longer than another process's refresh of the sign-in can hold the lock, in milliseconds. */
const LOCK_LIMIT_MS = 35_000;

/** How long other processes may take to let go of the journal, in milliseconds: a read of theirs is short. */
const JOURNAL_LIMIT_MS = 3_000;

/** Deletes the answers that were kept for another run, so that no byte of them stays in the database's files. */
export async function batchForget(context: CommandContext): Promise<number> {
  const { host, options } = context;
  const other = [...options.keys()].find((name) =>
    !["forget", "quiet", "verbose"].includes(name)
  );
  if (other !== undefined) {
    throw new MekaError(
      "usage",
      `\`--forget\` answers nothing, and takes no \`--${other}\``,
    );
  }
  const { database, writable } = await openDatabase(databasePath(host), host);
  try {
    if (!writable) throw cannotForget("it is read-only");
    const count = await forget(database, context);
    if (!options.has("quiet")) {
      const answers = count === 1 ? "answer is" : "answers are";
      const text = `${count} kept ${answers} forgotten.\n`;
      await host.write({ to: "stderr", text });
    }
    return 0;
  } finally {
    database.close();
  }
}

async function forget(
  database: Database,
  context: CommandContext,
): Promise<number> {
  const { host } = context;
  const waiting = { host, signal: host.interrupt };
  try {
    const limitMs = LOCK_LIMIT_MS;
    if (!await beginImmediate(database, { ...waiting, limitMs })) {
      throw cannotForget("another program holds it locked");
    }
    const count = forgetAnswers(database);
    database.prepare("COMMIT").run();
    const emptied = await askRepeatedly(
      database,
      () => emptyJournal(database),
      { ...waiting, limitMs: JOURNAL_LIMIT_MS },
    );
    if (!emptied) {
      await warn(
        context,
        "Other runs of meka keep the database busy, and its journal may hold the answers until they end; then run `meka batch --forget` again",
      );
    }
    return count;
  } catch (error) {
    host.interrupt.throwIfAborted();
    if (error instanceof MekaError) throw error;
    throw cannotForget(explainDatabase(error), error);
  } finally {
    rollback(database);
  }
}

function cannotForget(why: string, cause?: unknown): MekaError {
  return new MekaError(
    "internal",
    `Cannot delete the kept answers: the database cannot be written: ${why}`,
    { hint: "Put that right, then run `meka batch --forget` again", cause },
  );
}
