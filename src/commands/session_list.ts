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
  fittedPath,
  labelOf,
  seconds,
  shortFolder,
  shortIds,
  titleOf,
} from "./session_words.ts";
import { table } from "./table.ts";
import { widthOf } from "../cells.ts";

/** How many conversations a screen shows unless it is told otherwise. */
const ON_SCREEN = 20;
/** What a title gets of a screen before a folder gets more than its share, in cells, and that share. */
const TITLE_CELLS = 40;
const FOLDER_CELLS = 12;

const HEAD = ["ID", "TURNS", "USED", "MODEL", "TITLE", "FOLDER"] as const;

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
  const facts = listed.map((one) => [
    short.get(one.id) ?? one.id,
    String(one.turns),
    ageOf(now - one.updatedAt),
    one.model,
  ]);
  const titles = listed.map(labelOf);
  const folders = listed.map(({ folder }) => shortFolder(folder, host));
  // What the other columns leave, with two cells between each and the next.
  const left = host.columns() - 2 * HEAD.length + 2 - HEAD.slice(0, -2)
    .reduce(
      (sum, name, column) =>
        sum + widest([name, ...facts.map((row) => row[column] ?? "")]),
      0,
    );
  const forFolder = Math.min(
    widest(folders),
    Math.max(FOLDER_CELLS, left - TITLE_CELLS),
  );
  const forTitle = Math.max(FOLDER_CELLS, left - forFolder);
  const rows = await Promise.all(facts.map(async (row, at) => [
    ...row,
    await fitted(titles[at] ?? "", forTitle),
    fittedPath(folders[at] ?? "", forFolder),
  ]));
  return await table(HEAD, rows, true);
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(widthOf));
}
