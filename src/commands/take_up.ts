import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { formatDuration } from "../http/backoff.ts";
import {
  type Conversation,
  findByName,
  findByPrefix,
  findNewest,
} from "../store/conversations.ts";
import { type Database, explainDatabase, isBusy } from "../store/database.ts";
import { forkConversation } from "../store/fork.ts";
import { type History, NO_HISTORY, readHistory } from "../store/history.ts";
import { askRepeatedly } from "../store/lock.ts";
import { type CommandContext, text } from "./context.ts";
import {
  type ConversationOptions,
  newConversation,
  type OpenConversation,
  takeLock,
  workingFolder,
} from "./conversation.ts";

/** The longest name of a conversation, in characters. */
const LONGEST_NAME = 100;
/** How long others may write before a copy is not stored, in milliseconds. */
const PATIENCE_MS = 5_000;

/** What a conversation is taken up with. */
export interface TakeUpOptions extends ConversationOptions {
  readonly database: Database;
  /** What is said from now on is to be kept. */
  readonly kept: boolean;
}

/** Takes up the conversation that the options name; one that is missing is begun, unless it was named by its id. */
export async function takeUp(
  context: CommandContext,
  options: TakeUpOptions,
): Promise<OpenConversation> {
  const { host } = context;
  const { database, kept, note } = options;
  const name = text(context, "session");
  if (name !== undefined) checkName(name);
  await using locks = new AsyncDisposableStack();
  const lock = async (what: string): Promise<void> => {
    if (kept) locks.use(await takeLock(what, { host, note }));
  };
  // Two runs that both find nothing of this name must not both begin it.
  if (name !== undefined) await lock(await lockNameOf(name));
  const found = find(context, database);
  if (found === undefined) {
    const conversation = { ...newConversation(context, options), name };
    await lock(conversation.id);
    await note(
      name === undefined
        ? "There is no conversation in this folder yet; beginning one"
        : `There is no conversation "${name}" yet; beginning it`,
    );
    const begun = { conversation, begun: false, kept, history: NO_HISTORY };
    return holding(begun, locks.move());
  }
  await lock(found.id);
  // As the run that was waited for has left it.
  const current = findConversation(database, found.id);
  const history = readHistory(database, current.id);
  await note(
    `Going on with ${describeConversation(current, history, host.now())}`,
  );
  const conversation = withInstructions(context, current);
  if (context.options.has("fork")) {
    // Others may go on with the original meanwhile: its locks end here.
    return await goOnWithCopy({ conversation, history }, context, options);
  }
  return holding({ conversation, begun: true, kept, history }, locks.move());
}

/** Goes on with a copy; where it cannot be stored, with one in memory, as after `--no-save`. */
async function goOnWithCopy(
  { conversation, history }: Pick<OpenConversation, "conversation" | "history">,
  context: CommandContext,
  { database, kept, note, ...options }: TakeUpOptions,
): Promise<OpenConversation> {
  const { host } = context;
  const { id, createdAt, updatedAt } = newConversation(context, options);
  const copy = {
    ...conversation,
    id,
    name: undefined,
    parent: conversation.id,
    createdAt,
    updatedAt,
  };
  await using locks = new AsyncDisposableStack();
  const fresh = { conversation: copy, begun: false, kept: false, history };
  if (!kept) return holding(fresh, locks.move());
  locks.use(await takeLock(id, { host, note }));
  const problem = await storeCopy(copy, { database, host });
  if (problem !== undefined) {
    const warning = `Cannot keep the copy of the conversation: ${problem}`;
    return holding({ ...fresh, warning }, locks.move());
  }
  return holding({
    conversation: copy,
    begun: true,
    kept,
    // Under the ids of the copy's own turns.
    history: readHistory(database, id),
  }, locks.move());
}

/** Stores a copy of what it was forked from; returns why that was not possible. */
async function storeCopy(
  copy: Conversation & { readonly parent: string },
  { database, host }: Pick<TakeUpOptions, "database"> & { readonly host: Host },
): Promise<string | undefined> {
  const attempt = (): boolean => {
    try {
      forkConversation(database, copy.parent, copy);
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
  };
  const options = { host, signal: host.interrupt, limitMs: PATIENCE_MS };
  try {
    const stored = await askRepeatedly(database, attempt, options);
    return stored ? undefined : "another program holds the database locked";
  } catch (error) {
    if (error instanceof MekaError) throw error;
    return explainDatabase(error);
  }
}

/**
 * The conversation that has a text as its id or its name, or whose id begins with it.
 *
 * @throws {MekaError} "usage" when there is none, or there are several.
 */
export function findConversation(
  database: Database,
  typed: string,
): Conversation {
  const prefix = typed.toLowerCase();
  const fitting = prefix === "" ? [] : findByPrefix(database, prefix);
  const exact = fitting.find(({ id }) => id === prefix) ??
    findByName(database, typed);
  const [only, another] = exact === undefined ? fitting : [exact];
  if (another !== undefined) {
    const candidates = fitting.map(({ id, name }) =>
      name === undefined ? id : `${id} ("${name}")`
    );
    throw new MekaError(
      "usage",
      `The id "${typed}" is that of several conversations: ${
        candidates.join(", ")
      }`,
      { hint: "Type more of it" },
    );
  }
  if (only !== undefined) return only;
  throw new MekaError("usage", `There is no conversation "${typed}"`, {
    hint: "`meka session list` shows those there are",
  });
}

/**
 * Refuses what cannot be a conversation's name.
 *
 * @throws {MekaError} "usage"
 */
export function checkName(name: string): void {
  // deno-lint-ignore no-control-regex -- what could drive a screen
  const fits = name.trim() === name && !/[\x00-\x1f\x7f-\x9f]/.test(name);
  if (name !== "" && fits && name.length <= LONGEST_NAME) return;
  throw new MekaError(
    "usage",
    `A conversation's name is 1 to ${LONGEST_NAME} characters on one line, without spaces around them`,
  );
}

function find(
  context: CommandContext,
  database: Database,
): Conversation | undefined {
  const id = text(context, "resume");
  if (id !== undefined) return findConversation(database, id);
  const name = text(context, "session");
  return name === undefined
    ? findNewest(database, workingFolder(context.host))
    : findByName(database, name);
}

/** Other instructions than before are those of this turn and all that follow. */
function withInstructions(
  context: CommandContext,
  conversation: Conversation,
): Conversation {
  const said = text(context, "system")?.trim() || undefined;
  return { ...conversation, instructions: said ?? conversation.instructions };
}

/** Which conversation it is, for people: its id, its name, its length and its age. */
export function describeConversation(
  { id, name, updatedAt }: Conversation,
  { turns }: History,
  now: number,
): string {
  const title = name === undefined ? "" : ` "${name}"`;
  const age = now > updatedAt
    ? `, last used ${formatDuration(now - updatedAt)} ago`
    : "";
  const count = turns.length === 1 ? "1 turn" : `${turns.length} turns`;
  return `the conversation ${id}${title}: ${count}${age}`;
}

function holding(
  opened: Omit<OpenConversation, typeof Symbol.asyncDispose>,
  locks: AsyncDisposableStack,
): OpenConversation {
  return {
    ...opened,
    [Symbol.asyncDispose]: () => locks.disposeAsync(),
  };
}

/** What stands for a conversation that is known by its name alone: a file's name for any text. */
export async function lockNameOf(name: string): Promise<string> {
  const bytes = new TextEncoder().encode(name);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}
