import { MekaError } from "../errors.ts";
import { oneLine } from "../http/redact.ts";
import type { Database } from "../store/database.ts";
import { deleteConversation, forgetConversations } from "../store/delete.ts";
import { emptyJournal } from "../store/journal.ts";
import {
  listConversations,
  type ListedConversation,
  readListed,
} from "../store/listed.ts";
import { askRepeatedly } from "../store/lock.ts";
import { type CommandContext, text as option, warn } from "./context.ts";
import { demandWritable, withStore } from "./session_store.ts";
import { labelOf } from "./session_words.ts";
import { findConversation } from "./take_up.ts";
import { tryLock } from "./try_lock.ts";

/** How long other processes may keep the database, and its journal. */
const PATIENCE_MS = 5_000;
/** So many are named one by one. */
const MOST_NAMED = 20;

const UNITS = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const;

/** Which conversations are to be deleted. */
type Choice = (database: Database) => readonly ListedConversation[];

/** What became of them. */
interface Deleted {
  readonly gone: readonly ListedConversation[];
  /** Another run goes on with them. */
  readonly busy: readonly ListedConversation[];
  /** Why it did not go on. */
  readonly failure: unknown;
}

/** Deletes conversations, for good, once the person has said so. */
export async function sessionDelete(context: CommandContext): Promise<number> {
  const { host, options } = context;
  const choose = readChoice(context);
  const asks = !options.has("yes");
  if (asks && !(host.isTerminal("stdin") && host.isTerminal("stderr"))) {
    throw new MekaError(
      "usage",
      "`session delete` asks first, and there is no terminal to ask on",
      { hint: "Pass `--yes` to delete without a question" },
    );
  }
  return await withStore(context, async (store) => {
    const { database } = store;
    const chosen = choose(database);
    if (chosen.length === 0) {
      await say(context, "There is nothing to delete.");
      return 0;
    }
    demandWritable(store, context);
    if (asks && !await confirm(chosen, context)) {
      await say(context, "Nothing was deleted.");
      return 0;
    }
    const deleted = await deleteAll(chosen, database, context);
    await report(deleted, context);
    if (deleted.gone.length > 0) await emptyJournalSoon(database, context);
    if (deleted.failure !== undefined) throw deleted.failure;
    demandNoneBusy(deleted);
    return 0;
  });
}

function readChoice(context: CommandContext): Choice {
  const { words, options, host } = context;
  const age = option(context, "older-than");
  const ways = [words.length > 0, age !== undefined, options.has("all")];
  if (ways.filter((way) => way).length !== 1) {
    throw new MekaError(
      "usage",
      "`session delete` takes the conversations, or `--older-than AGE`, or `--all`",
    );
  }
  if (age !== undefined) {
    const before = host.now() - readAge(age);
    return (database) =>
      listConversations(database).filter(({ updatedAt }) => updatedAt < before);
  }
  if (options.has("all")) return (database) => listConversations(database);
  return (database) => {
    const ids = words.map((word) => findConversation(database, word).id);
    return [...new Set(ids)].flatMap((id) => readListed(database, id) ?? []);
  };
}

function readAge(typed: string): number {
  const { count, unit } =
    /^(?<count>\d{1,6})(?<unit>[mhdw])$/.exec(typed)?.groups ?? {};
  for (const [name, ms] of Object.entries(UNITS)) {
    if (name === unit) return Number(count) * ms;
  }
  throw new MekaError(
    "usage",
    `\`--older-than\` must be a number and a unit, as in 30m, 12h, 90d or 2w, not "${typed}"`,
  );
}

async function confirm(
  chosen: readonly ListedConversation[],
  { host, clean }: CommandContext,
): Promise<boolean> {
  const [first] = chosen;
  const which = chosen.length === 1 && first !== undefined
    ? `"${labelOf(first)}"`
    : `${chosen.length} conversations`;
  const question = clean(`Delete ${which} (${turnsOf(chosen)}) for good?`);
  const answer = await host.prompt(`${question} [y/N] `);
  return /^\s*y(?:es)?\s*$/i.test(answer ?? "");
}

async function deleteAll(
  chosen: readonly ListedConversation[],
  database: Database,
  { host }: CommandContext,
): Promise<Deleted> {
  const gone: ListedConversation[] = [];
  const busy: ListedConversation[] = [];
  const options = { host, signal: host.interrupt, limitMs: PATIENCE_MS };
  try {
    const ids = chosen.map(({ id }) => id);
    demandTime(await forgetConversations(database, ids, options));
    for (const one of chosen) {
      await using lock = await tryLock(one.id, host);
      if (!lock.taken) busy.push(one);
      else {
        demandTime(await deleteConversation(database, one.id, options));
        gone.push(one);
      }
    }
    return { gone, busy, failure: undefined };
  } catch (failure) {
    return { gone, busy, failure };
  }
}

function demandTime(had: boolean): void {
  if (had) return;
  throw new MekaError(
    "internal",
    "Cannot delete the conversations: another program holds the database locked",
  );
}

async function report(
  { gone }: Deleted,
  context: CommandContext,
): Promise<void> {
  if (gone.length <= MOST_NAMED) {
    for (const one of gone) {
      await say(context, `Deleted ${one.id} (${oneLine(labelOf(one), 60)})`);
    }
  }
  if (gone.length > 1) {
    await say(
      context,
      `Deleted ${gone.length} conversations, ${turnsOf(gone)}.`,
    );
  }
}

/** What was deleted must not stay behind in the journal, either. */
async function emptyJournalSoon(
  database: Database,
  context: CommandContext,
): Promise<void> {
  const { host } = context;
  const options = {
    host,
    signal: new AbortController().signal,
    limitMs: host.interrupt.aborted ? 0 : PATIENCE_MS,
  };
  const attempt = (): boolean => emptyJournal(database);
  if (await askRepeatedly(database, attempt, options)) return;
  await warn(
    context,
    "Other runs of meka keep the database busy, and its journal may hold what was deleted until they end",
  );
}

function demandNoneBusy({ busy }: Deleted): void {
  if (busy.length === 0) return;
  const ids = busy.slice(0, MOST_NAMED).map(({ id }) => id).join(", ");
  throw new MekaError(
    "internal",
    `Not deleted, since another run goes on with it: ${ids}`,
    { hint: "Try again when that has ended" },
  );
}

function turnsOf(listed: readonly ListedConversation[]): string {
  const turns = listed.reduce((sum, one) => sum + one.turns, 0);
  return turns === 1 ? "1 turn" : `${turns} turns`;
}

async function say(
  { host, options, clean }: CommandContext,
  line: string,
): Promise<void> {
  if (options.has("quiet")) return;
  await host.write({ to: "stderr", text: `${clean(line)}\n` });
}
