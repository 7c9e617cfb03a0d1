import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { usesColor } from "../render/uses_color.ts";
import { BUSY_TIMEOUT_MS, type OpenedDatabase } from "../store/database.ts";
import {
  conversationIds,
  type ListedConversation,
  readListed,
} from "../store/listed.ts";
import { type FoundTurn, searchTurns, turnReader } from "../store/search.ts";
import { readQuery } from "../store/words.ts";
import { widthOf } from "../cells.ts";
import { type CommandContext, jsonLine, note } from "./context.ts";
import { workingFolder } from "./conversation.ts";
import { facts, readLimit, sessionFields } from "./session_list.ts";
import { withStore } from "./session_store.ts";
import { ageOf, fitted, labelOf, shortIds } from "./session_words.ts";
import { type Snippet, snippetOf } from "./snippet.ts";
import { table } from "./table.ts";

/** The widest title on a screen, in cells, and on a narrow one. */
const TITLE_CELLS = 24;
const NARROW_TITLE_CELLS = 16;
const NARROW = 100;
/** The narrowest snippet. */
const SNIPPET_CELLS = 20;

/** What stands above all columns but the last. */
const HEAD = ["ID", "MATCHES", "USED", "TITLE"] as const;

/** A conversation in which the words occur. */
interface Hit {
  readonly listed: ListedConversation;
  /** In how many of its turns. */
  readonly matches: number;
  /** What was said in the newest of them. */
  readonly text: string;
}

/** Lists the conversations in which all the words occur in one turn, the newest first. */
export async function sessionSearch(context: CommandContext): Promise<number> {
  const { host, options } = context;
  const words = readWords(context);
  const limit = readLimit(context);
  await withStore(context, async (store) => {
    const all = hitsOf(await search(words, store, context));
    const textOf = turnReader(store.database);
    const hits = [...all].slice(0, limit).flatMap(([id, turns]): Hit[] => {
      const listed = readListed(store.database, id);
      // Another run may have deleted it meanwhile.
      return listed === undefined
        ? []
        : [{ listed, matches: turns.length, text: textOf(turns[0]) }];
    });
    const text = options.has("json")
      ? jsonLine({ sessions: hits.map((hit) => fieldsOf(hit, words)) }, context)
      : host.isTerminal("stdout")
      ? await toScreen(hits, {
        ids: conversationIds(store.database),
        words,
        host,
      })
      : await table(
        [],
        hits.map((hit) => facts(fieldsOf(hit, words))),
        false,
      );
    await host.write({ to: "stdout", text });
    if (all.size === 0) await note(context, "Nothing was found");
    if (hits.length < all.size && !options.has("limit")) {
      await note(
        context,
        `These are the newest ${hits.length} of ${all.size}; \`--all\` shows the rest`,
      );
    }
  });
  return 0;
}

function readWords({ words }: CommandContext): readonly string[] {
  if (words.length === 0) {
    throw new MekaError("usage", "`session search` needs words to look for");
  }
  const { match, literals } = readQuery(words);
  if (match !== undefined || literals.some((literal) => literal !== "")) {
    return words;
  }
  throw new MekaError("usage", "There is nothing to look for in these words");
}

async function search(
  words: readonly string[],
  { database, writable }: OpenedDatabase,
  context: CommandContext,
): Promise<FoundTurn[]> {
  const { host, options } = context;
  return await searchTurns(database, readQuery(words), {
    host,
    writable,
    signal: host.interrupt,
    limitMs: BUSY_TIMEOUT_MS,
    hidden: options.has("hidden"),
    folder: options.has("here") ? workingFolder(host) : undefined,
    indexing: (turns) =>
      note(context, `Indexing ${turns} turns, which is done once`),
  });
}

/** The turns of each conversation, in their order. */
function hitsOf(
  found: readonly FoundTurn[],
): ReadonlyMap<string, readonly [number, ...number[]]> {
  const hits = new Map<string, [number, ...number[]]>();
  for (const { conversation, turn } of found) {
    const turns = hits.get(conversation);
    if (turns === undefined) hits.set(conversation, [turn]);
    else turns.push(turn);
  }
  return hits;
}

function fieldsOf(
  { listed, matches, text }: Hit,
  words: readonly string[],
): object {
  const snippet = snippetOf(text, words).text;
  return { ...sessionFields(listed), matches, snippet };
}

async function toScreen(
  hits: readonly Hit[],
  { ids, words, host }: {
    readonly ids: readonly string[];
    readonly words: readonly string[];
    readonly host: Host;
  },
): Promise<string> {
  if (hits.length === 0) return "";
  const short = shortIds(ids);
  const now = host.now();
  const columns = host.columns();
  const forTitle = columns < NARROW ? NARROW_TITLE_CELLS : TITLE_CELLS;
  const facts = await Promise.all(hits.map(async ({ listed, matches }) => [
    short.get(listed.id) ?? listed.id,
    String(matches),
    ageOf(now - listed.updatedAt),
    await fitted(labelOf(listed), forTitle),
  ]));
  const widths = HEAD.map((name, column) =>
    Math.max(...[name, ...facts.map((row) => row[column] ?? "")].map(widthOf))
  );
  const left = columns -
    widths.reduce((sum, width) => sum + width + 2, 0);
  // Two for what stands for the rest.
  const cells = Math.max(SNIPPET_CELLS, left - 2);
  const snippets = hits.map(({ text }) => snippetOf(text, words, { cells }));
  const rows = facts.map((row, at) => [...row, snippets[at]?.text ?? ""]);
  const plain = await table([...HEAD, "TEXT"], rows, true);
  if (!usesColor(host, "stdout")) return plain;
  // Colored last: the cells of a table are cleaned of what drives a screen.
  const [first, ...lines] = plain.split("\n");
  const colored = snippets.map((snippet, at) => {
    const line = lines[at] ?? "";
    return line.slice(0, line.length - snippet.text.length) + marked(snippet);
  });
  return `${[first, ...colored].join("\n")}\n`;
}

function marked({ text, marks }: Snippet): string {
  let colored = "";
  let from = 0;
  for (const [start, end] of marks) {
    colored += `${text.slice(from, start)}\x1b[1;31m${
      text.slice(start, end)
    }\x1b[0m`;
    from = end;
  }
  return colored + text.slice(from);
}
