import { MekaError } from "../errors.ts";
import {
  addUsage,
  type EventBatch,
  type StreamEvent,
  type Usage,
} from "../event.ts";
import type { Item, Turn } from "../message.ts";
import { BUSY_TIMEOUT_MS, isBusy } from "../store/database.ts";
import {
  type History,
  insertSummary,
  type PastTurn,
} from "../store/history.ts";
import { askRepeatedly } from "../store/lock.ts";
import { tokensOf } from "../store/tokens_of.ts";
import { streamTurn, type TurnState } from "../stream_turn.ts";
import type { ConverseContext } from "./converse.ts";

/** The share of the window that is left to the turns that stay word for word. */
const KEPT = 0.25;
/** The share that one request for a summary may fill with what it is about, at 4 characters a token; a refusal halves it. */
const SUMMARIZED = 0.75 * 4;
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

/** What summaries are made with. */
export interface CompactContext extends ConverseContext {
  /** That of the turn which needs them. */
  readonly state: TurnState;
}

/** What is replayed from now on, and what it has cost to make. */
export interface Compacted {
  readonly history: History;
  readonly usage: Usage | undefined;
}

/**
 * Has the model summarize the older turns of a conversation that outgrew its window, and returns what is replayed from
 * now on: the summary, and the latest turns as they are. Nothing that is stored is lost.
 *
 * @throws {MekaError} as `streamTurn` does, when there is no summary to be had.
 */
export async function* compact(
  history: History,
  turn: Turn,
  context: CompactContext,
): AsyncGenerator<EventBatch, Compacted, undefined> {
  const window = turn.known?.contextWindow;
  const { older, recent } = split(history, window);
  const count = older.length === 1 ? "turn" : `${older.length} turns`;
  yield [{
    type: "note",
    message:
      `The conversation outgrew the model's window; its first ${count} will be summarized from now on, and stays stored`,
  }];
  const maker = new Summarizer(turn, context);
  const length = window === undefined ? LONGEST : window * SUMMARIZED;
  const summary = yield* maker.summarize(
    [history.summary ?? "", ...older.map(({ items }) => transcript(items))]
      .filter((part) => part !== "").join("\n\n"),
    Math.floor(length),
  );
  await keep(summary, older, context);
  const shorter = { summary, turns: recent, contextTokens: undefined };
  return { history: shorter, usage: maker.usage };
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

/** Asks the model for summaries. */
class Summarizer {
  readonly #turn: Turn;
  readonly #context: CompactContext;
  #usage: Usage | undefined;

  constructor(turn: Turn, context: CompactContext) {
    this.#turn = turn;
    this.#context = context;
  }

  get usage(): Usage | undefined {
    return this.#usage;
  }

  /** Piece by piece, where one request cannot hold all of it; each takes up the summary of those before. */
  async *summarize(
    said: string,
    longest: number,
  ): AsyncGenerator<EventBatch, string, undefined> {
    let piece = longest;
    let summary = "";
    for (let at = 0; at < said.length;) {
      const before = summary === "" ? "" : `Summary so far:\n\n${summary}\n\n`;
      const text = `${before}Conversation:\n\n${said.slice(at, at + piece)}`;
      try {
        // A piece may end in half of a character.
        summary = yield* this.#ask(text.toWellFormed());
        at += piece;
      } catch (error) {
        const tooLong = error instanceof MekaError && error.outgrown;
        if (!tooLong || piece <= SHORTEST) throw error;
        piece = Math.max(
          SHORTEST,
          Math.floor(Math.min(piece, said.length) / 2),
        );
      }
    }
    return summary;
  }

  async *#ask(text: string): AsyncGenerator<EventBatch, string, undefined> {
    const request: Turn = {
      ...this.#turn,
      instructions: INSTRUCTIONS,
      items: [{ type: "user", parts: [{ type: "text", text }] }],
      tools: [],
      search: false,
      schema: undefined,
      maxTokens: undefined,
    };
    const { state } = this.#context;
    // Its answer is none of the turn's, nor is where it came from.
    const own = { ...state, turnState: undefined };
    let answer = "";
    for await (
      const batch of streamTurn(request, { ...this.#context, state: own })
    ) {
      const { credential, refreshed, reduced } = own;
      Object.assign(state, { credential, refreshed, reduced });
      own.textWritten = false;
      for (const event of batch) {
        if (event.type === "text") answer += event.delta;
        if (event.type === "finish") {
          this.#usage = addUsage(this.#usage, event.usage);
        }
      }
      yield batch.filter(isTold);
    }
    if (answer.trim() !== "") return answer.trim();
    throw new MekaError(
      "incomplete",
      "The conversation outgrew the model's window, and the model gave no summary of it",
      { hint: "Begin a new one, or choose a model with a larger window" },
    );
  }
}

/** What a person is to know of a request whose answer is not for them. */
function isTold({ type }: StreamEvent): boolean {
  return type === "warning" || type === "note" || type === "retry" ||
    type === "limits";
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

/** A summary that cannot be stored is made again next time; a store that fails is told of by the turn itself. */
async function keep(
  text: string,
  older: readonly PastTurn[],
  { access, opened, host }: ConverseContext,
): Promise<void> {
  const lastTurn = older.at(-1)?.id;
  const { database } = access.opened ?? {};
  if (!opened.kept || database === undefined || lastTurn === undefined) return;
  const { conversation: { id } } = opened;
  const attempt = (): boolean => {
    try {
      insertSummary(database, id, { lastTurn, text, at: host.now() });
      return true;
    } catch (error) {
      return !isBusy(error);
    }
  };
  const options = { host, signal: host.interrupt, limitMs: BUSY_TIMEOUT_MS };
  await askRepeatedly(database, attempt, options);
}
