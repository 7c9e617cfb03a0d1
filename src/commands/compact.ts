import { MekaError } from "../errors.ts";
import type { EventBatch } from "../event.ts";
import type { Item, Turn } from "../message.ts";
import {
  type History,
  insertSummary,
  type PastTurn,
} from "../store/history.ts";
import { tokensOf } from "../store/tokens_of.ts";
import { streamTurn } from "../stream_turn.ts";
import type { ConverseContext } from "./converse.ts";

/** The share of the window that is left to the turns that stay word for word. */
const KEPT = 0.25;
/** The share that one request for a summary may fill with what it is about, at 3 characters a token to be safe. */
const SUMMARIZED = 0.5 * 3;
/** Where the window is not known: more than any conversation that is worth the wait. */
const LONGEST = 400_000;
/** A piece that is refused at this length is not refused for its length, in characters. */
const SHORTEST = 2_000;
/** How much of what a tool was given or brought a summary is made from, in characters. */
const OUTPUT_LENGTH = 2_000;

const INSTRUCTIONS =
  "You summarize the older part of a conversation between a person and an assistant, so that the assistant can go on " +
  "with it. Keep what was asked for and decided, facts, names, numbers, code and file names that may matter later, and " +
  "what is still open. Answer with the summary alone.";

/**
 * Has the model summarize the older turns of a conversation that outgrew its window, and returns what is replayed from
 * now on: the summary, and the latest turns as they are. Nothing that is stored is lost.
 *
 * @throws {MekaError} as `streamTurn` does, when there is no summary to be had.
 */
export async function* compact(
  history: History,
  turn: Turn,
  context: ConverseContext,
): AsyncGenerator<EventBatch, History, undefined> {
  const window = turn.known?.contextWindow;
  const { older, recent } = split(history, window);
  const count = older.length === 1 ? "turn" : `${older.length} turns`;
  yield [{
    type: "note",
    message:
      `The conversation outgrew the model's window; its first ${count} will be summarized from now on, and stays stored`,
  }];
  const summary = await summarize(
    [history.summary ?? "", ...older.map(({ items }) => transcript(items))]
      .filter((part) => part !== "").join("\n\n"),
    {
      length: window === undefined ? LONGEST : window * SUMMARIZED,
      turn,
      context,
    },
  );
  keep(summary, older, context);
  return { summary, turns: recent, contextTokens: undefined };
}

/** At least one turn is summarized, and the newest stay while they fit. */
function split(
  { turns, contextTokens }: History,
  window: number | undefined,
): { older: readonly PastTurn[]; recent: readonly PastTurn[] } {
  const all = contextTokens ?? tokensOf(turns.flatMap(({ items }) => items));
  let left = (window ?? all) * KEPT;
  let first = turns.length;
  while (first > 1) {
    left -= tokensOf(turns[first - 1]?.items ?? []);
    if (left < 0) break;
    first--;
  }
  return { older: turns.slice(0, first), recent: turns.slice(first) };
}

interface SummaryContext {
  /** The most that one request is about, in characters. */
  readonly length: number;
  readonly turn: Turn;
  readonly context: ConverseContext;
}

/** Piece by piece, where one request cannot hold all of it; each takes up the summary of those before. */
async function summarize(
  said: string,
  { length, turn, context }: SummaryContext,
): Promise<string> {
  let piece = Math.floor(length);
  let summary = "";
  for (let at = 0; at < said.length;) {
    const before = summary === "" ? "" : `Summary so far:\n\n${summary}\n\n`;
    const text = `${before}Conversation:\n\n${said.slice(at, at + piece)}`;
    try {
      summary = await ask(text, turn, context);
      at += piece;
    } catch (error) {
      const tooLong = error instanceof MekaError && error.outgrown;
      if (!tooLong || piece <= SHORTEST) throw error;
      piece = Math.max(SHORTEST, Math.floor(Math.min(piece, said.length) / 2));
    }
  }
  return summary;
}

async function ask(
  text: string,
  turn: Turn,
  context: ConverseContext,
): Promise<string> {
  const request: Turn = {
    ...turn,
    instructions: INSTRUCTIONS,
    items: [{ type: "user", parts: [{ type: "text", text }] }],
    tools: [],
    search: false,
    schema: undefined,
    maxTokens: undefined,
  };
  let answer = "";
  for await (const batch of streamTurn(request, context)) {
    for (const event of batch) if (event.type === "text") answer += event.delta;
  }
  if (answer.trim() !== "") return answer.trim();
  throw new MekaError(
    "incomplete",
    "The conversation outgrew the model's window, and the model gave no summary of it",
    { hint: "Begin a new one, or choose a model with a larger window" },
  );
}

/** What was said, for a reader who needs no more than the gist. */
function transcript(items: readonly Item[]): string {
  return items.map(line).filter((text) => text !== "").join("\n\n");
}

function line(item: Item): string {
  switch (item.type) {
    case "user":
      return `Person: ${
        item.parts.map((part) => part.type === "text" ? part.text : "[image]")
          .join("\n")
      }`;
    case "answer":
      return `Assistant: ${item.text}`;
    case "summary":
      return item.text;
    case "call":
      return `Assistant called ${item.name}: ${cut(item.arguments)}`;
    case "result":
      return `It brought: ${cut(item.output)}`;
    case "reasoning":
    case "other":
      return "";
    default:
      return item satisfies never;
  }
}

function cut(text: string): string {
  return text.length <= OUTPUT_LENGTH
    ? text
    : `${text.slice(0, OUTPUT_LENGTH)}…`;
}

/** A summary that cannot be stored is made again next time. */
function keep(
  text: string,
  older: readonly PastTurn[],
  { access, opened, host }: ConverseContext,
): void {
  const lastTurn = older.at(-1)?.id;
  if (
    !opened.kept || access.opened === undefined || lastTurn === undefined
  ) return;
  try {
    insertSummary(access.opened.database, opened.conversation.id, {
      lastTurn,
      text,
      at: host.now(),
    });
  } catch {
    // What the turn itself says cannot be stored either, and that is told.
  }
}
