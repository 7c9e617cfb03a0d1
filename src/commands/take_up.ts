import { MekaError } from "../errors.ts";
import { formatDuration } from "../http/backoff.ts";
import {
  type Conversation,
  findByName,
  findByPrefix,
  findNewest,
} from "../store/conversations.ts";
import type { Database } from "../store/database.ts";
import { forkConversation } from "../store/fork.ts";
import { type History, NO_HISTORY, readHistory } from "../store/history.ts";
import { type CommandContext, text } from "./context.ts";
import {
  type ConversationOptions,
  newConversation,
  type OpenConversation,
  takeLock,
} from "./conversation.ts";

/** The longest name of a conversation, in characters. */
const LONGEST_NAME = 100;

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
  const history = readHistory(database, found.id);
  await note(
    `Going on with ${describeConversation(found, history, host.now())}`,
  );
  const conversation = withInstructions(context, found);
  if (!context.options.has("fork")) {
    return holding({ conversation, begun: true, kept, history }, locks.move());
  }
  const { id, createdAt, updatedAt } = newConversation(context, options);
  const copy = {
    ...conversation,
    id,
    name: undefined,
    parent: found.id,
    createdAt,
    updatedAt,
  };
  await lock(id);
  if (!kept) {
    return holding(
      { conversation: copy, begun: false, kept, history },
      locks.move(),
    );
  }
  forkConversation(database, found.id, copy);
  return holding({
    conversation: copy,
    begun: true,
    kept,
    // Under the ids of the copy's own turns.
    history: readHistory(database, id),
  }, locks.move());
}

/**
 * The conversation whose id begins with a text, or that has it as its name.
 *
 * @throws {MekaError} "usage" when there is none, or there are several.
 */
export function findConversation(
  database: Database,
  typed: string,
): Conversation {
  const prefix = typed.toLowerCase();
  const fitting = prefix === "" ? [] : findByPrefix(database, prefix);
  const exact = fitting.find(({ id }) => id === prefix);
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
  const found = only ?? findByName(database, typed);
  if (found !== undefined) return found;
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
    ? findNewest(database, context.host.cwd())
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
