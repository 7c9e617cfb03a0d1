import { lockPath } from "../config/paths.ts";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Conversation } from "../store/conversations.ts";
import { explainDatabase } from "../store/database.ts";
import { type History, NO_HISTORY } from "../store/history.ts";
import type { ProviderAccess } from "./access.ts";
import { type CommandContext, text } from "./context.ts";
import { newSession } from "./session_id.ts";

/** How long another run is waited for in silence, in milliseconds. */
const SILENT_MS = 200;

/** A conversation that this run alone goes on with, until it is disposed of. */
export interface OpenConversation extends AsyncDisposable {
  readonly conversation: Conversation;
  /** It is in the store. */
  readonly begun: boolean;
  /** What is said in it is to be kept. */
  readonly kept: boolean;
  readonly history: History;
  /** Why it is not kept, to be told with its first turn. */
  readonly warning?: string;
}

/** What a conversation is opened with. */
export interface ConversationOptions {
  readonly access: Pick<ProviderAccess, "opened" | "keeps">;
  readonly provider: string;
  readonly model: string;
  /** Tells a person something, on stderr. */
  readonly note: (message: string) => Promise<void>;
}

/** The options that name a conversation to go on with; a run takes one of them. */
const CHOICES = ["continue", "resume", "session"] as const;

/**
 * Opens the conversation that the options name, or a new one. Another run that goes on with the same one is waited for.
 *
 * @throws {MekaError} "usage" when no conversation fits the options, or several do.
 */
export async function openConversation(
  context: CommandContext,
  options: ConversationOptions,
): Promise<OpenConversation> {
  const { access, note } = options;
  const kept = access.keeps && !context.options.has("no-save");
  const named = checkChoice(context);
  if (!named) return await begin(context, { ...options, kept });
  if (access.opened !== undefined) {
    const { takeUp } = await import("./take_up.ts");
    try {
      const { database } = access.opened;
      return await takeUp(context, { ...options, kept, database });
    } catch (error) {
      if (error instanceof MekaError) throw error;
      const why = explainDatabase(error);
      const warning =
        `Cannot read the conversations: ${why}; beginning a new one, which is not kept`;
      // Of a store that nothing can be written to a warning has told.
      if (kept) return await begin(context, { ...options, warning });
    }
  }
  await note("The conversations cannot be read; beginning a new one");
  return await begin(context, options);
}

/** Begins a conversation, alone if it is to be kept: nobody else can know its name yet, but will once it is stored. */
async function begin(
  context: CommandContext,
  { kept = false, warning, ...options }: ConversationOptions & {
    readonly kept?: boolean;
    readonly warning?: string;
  },
): Promise<OpenConversation> {
  const { host } = context;
  const conversation = newConversation(context, options);
  const lock = kept
    ? await host.lock(lockPath(host, conversation.id)).catch(() => undefined)
    : undefined;
  return {
    conversation,
    begun: false,
    kept,
    history: NO_HISTORY,
    ...warning === undefined ? {} : { warning },
    [Symbol.asyncDispose]: async () => await lock?.[Symbol.asyncDispose](),
  };
}

/** A conversation in which nothing has been said. */
export function newConversation(
  context: CommandContext,
  { provider, model }: Pick<ConversationOptions, "provider" | "model">,
): Conversation {
  const { host } = context;
  const now = host.now();
  return {
    id: newSession(host),
    name: undefined,
    folder: workingFolder(host),
    provider,
    model,
    instructions: text(context, "system")?.trim() || undefined,
    parent: undefined,
    createdAt: now,
    updatedAt: now,
  };
}

/** Empty where it was removed. */
export function workingFolder(host: Host): string {
  try {
    return host.cwd();
  } catch {
    return "";
  }
}

/**
 * Waits until no other run holds what a name stands for, and says so when that takes a moment. Undefined where nothing
 * can be locked, as in a folder that can only be read: then nothing can be written, either.
 */
export async function takeLock(
  name: string,
  { host, note }: {
    readonly host: Host;
    readonly note: (message: string) => Promise<void>;
  },
): Promise<AsyncDisposable | undefined> {
  const locked = host.lock(lockPath(host, name)).catch(() => undefined);
  const soon = await inTime(locked, SILENT_MS, host);
  if (soon !== undefined) return soon.lock;
  await note(
    "Another run goes on with this conversation; waiting for it to end",
  );
  return (await inTime(locked, Infinity, host))?.lock;
}

/** What the work brings, or undefined when that takes longer. An interrupt ends the wait, and gives back what comes after it. */
async function inTime(
  work: Promise<AsyncDisposable | undefined>,
  ms: number,
  host: Host,
): Promise<{ lock: AsyncDisposable | undefined } | undefined> {
  const stop = new AbortController();
  const signal = AbortSignal.any([host.interrupt, stop.signal]);
  try {
    return await Promise.race([
      work.then((lock) => ({ lock })),
      host.sleep(ms, signal).then(() => undefined),
    ]);
  } catch (error) {
    work.then((lock) => lock?.[Symbol.asyncDispose]());
    throw error;
  } finally {
    stop.abort();
  }
}

/** Tells whether the options name a conversation. */
function checkChoice({ options }: CommandContext): boolean {
  const [first, second] = CHOICES.filter((name) => options.has(name));
  if (second !== undefined) {
    throw new MekaError(
      "usage",
      `\`--${first}\` and \`--${second}\` each name a conversation; pass one of them`,
    );
  }
  if (first === undefined && options.has("fork")) {
    throw new MekaError("usage", "`--fork` needs a conversation to copy", {
      hint: "Name it with `--continue`, `--resume ID` or `--session NAME`",
    });
  }
  return first !== undefined;
}
