import { MekaError } from "../errors.ts";
import {
  conversationIds,
  countConversations,
  listConversations,
  type ListedConversation,
} from "../store/listed.ts";
import {
  type CommandContext,
  jsonLine,
  note,
  text as option,
} from "./context.ts";
import { workingFolder } from "./conversation.ts";
import { withStore } from "./session_store.ts";
import {
  ageOf,
  fitted,
  labelOf,
  seconds,
  shortFolder,
  shortIds,
  titleOf,
} from "./session_words.ts";
import { table } from "./table.ts";

/** How many conversations a screen shows unless it is told otherwise. */
const ON_SCREEN = 20;
/** The widest title on a screen, in cells. */
const TITLE_CELLS = 40;

/** Lists the conversations, the one that was used last first. */
export async function sessionList(context: CommandContext): Promise<number> {
  const { host, options } = context;
  const limit = readLimit(context);
  const folder = options.has("here") ? workingFolder(host) : undefined;
  await withStore(context, async ({ database }) => {
    const listed = listConversations(database, { folder, limit });
    const text = options.has("json")
      ? jsonLine({ sessions: listed.map(sessionFields) }, context)
      : host.isTerminal("stdout")
      ? await toScreen(listed, conversationIds(database), context)
      : await table([], listed.map((one) => facts(sessionFields(one))), false);
    await host.write({ to: "stdout", text });
    const all = countConversations(database, { folder });
    if (all === 0) {
      const where = folder === undefined ? "" : " in this folder";
      await note(context, `There are no conversations${where} yet`);
    } else if (listed.length < all && option(context, "limit") === undefined) {
      await note(
        context,
        `These are the newest ${listed.length} of ${all}; \`--all\` shows the rest`,
      );
    }
  });
  return 0;
}

/** What `--json` tells of a conversation. */
export function sessionFields(listed: ListedConversation): object {
  return {
    id: listed.id,
    name: listed.name ?? null,
    title: titleOf(listed),
    folder: listed.folder,
    provider: listed.provider,
    model: listed.model,
    turns: listed.turns,
    created_at: seconds(listed.createdAt),
    updated_at: seconds(listed.updatedAt),
    parent: listed.parent ?? null,
  };
}

/**
 * How many a command shows: as many as `--limit` says, or all, or, on a screen, a few.
 *
 * @throws {MekaError} "usage" for what is no number.
 */
export function readLimit(context: CommandContext): number | undefined {
  const typed = option(context, "limit");
  const all = context.options.has("all");
  if (typed === undefined) {
    return all || context.options.has("json") ||
        !context.host.isTerminal("stdout")
      ? undefined
      : ON_SCREEN;
  }
  if (all) {
    throw new MekaError("usage", "`--all` and `--limit` exclude each other");
  }
  if (/^[1-9]\d{0,14}$/.test(typed)) return Number(typed);
  throw new MekaError(
    "usage",
    `\`--limit\` must be a whole number above 0, not "${typed}"`,
  );
}

/** The cells of a row in a pipe: the same facts, in the same order, as `--json` has. */
export function facts(fields: object): string[] {
  return Object.values(fields).map((value) =>
    value === null ? "" : String(value)
  );
}

async function toScreen(
  listed: readonly ListedConversation[],
  ids: readonly string[],
  { host }: CommandContext,
): Promise<string> {
  if (listed.length === 0) return "";
  const short = shortIds(ids);
  const now = host.now();
  const rows = await Promise.all(listed.map(async (one) => [
    short.get(one.id) ?? one.id,
    String(one.turns),
    ageOf(now - one.updatedAt),
    one.model,
    await fitted(labelOf(one), TITLE_CELLS),
    shortFolder(one.folder, host),
  ]));
  return await table(
    ["ID", "TURNS", "USED", "MODEL", "TITLE", "FOLDER"],
    rows,
    true,
  );
}
