import type { EventBatch, StreamEvent } from "../event.ts";
import type { Host } from "../host.ts";
import type { Item } from "../message.ts";
import {
  type Conversation,
  endTurn,
  insertConversation,
  insertTurn,
  keepInstructions,
  type TurnStatus,
} from "./conversations.ts";
import {
  BUSY_TIMEOUT_MS,
  type Database,
  explainDatabase,
  inTransaction,
  isBusy,
} from "./database.ts";
import {
  deletePieces,
  hashImages,
  type ImageHashes,
  insertItem,
  isPlain,
  pieceInserter,
  readPieces,
} from "./items.ts";
import { askRepeatedly, type LockOptions } from "./lock.ts";

/** The most of its time that a run may spend on keeping what is not whole yet. */
const SHARE_OF_TIME = 1 / 50;
/** What is written whatever it costs, so that it does not pile up in memory, in characters. */
const LONGEST_PARTIAL = 512 * 1024;
/** How long requests wait, all together, until what was said is stored: others may write for a moment, not for good. */
const PATIENCE_MS = 2_000;
/** How long a run waits at its end: as a refresh of the sign-in may take, which keeps others from writing. */
const LAST_PATIENCE_MS = 5_000;
/** The same after Ctrl-C. */
const GRACE_MS = 500;
/** How long the event loop may stand still for others who are about to end their writing. */
const MOMENT_MS = 20;

/** Where a turn is kept, and what is known of it before it begins. */
export interface RecordContext {
  readonly database: Database;
  readonly conversation: Conversation;
  /** The conversation is not in the database yet. */
  readonly begun: boolean;
  readonly host: Pick<
    Host,
    "now" | "elapsed" | "sleep" | "interrupt" | "randomBytes"
  >;
  readonly provider: string;
  readonly model: string;
  /** What the person says. */
  readonly said: Item;
  /** Called once when something cannot be kept, which a warning then tells. */
  readonly failed: () => void;
  /** Told once, when something cannot be kept and no event can say so any more. */
  readonly warn: (message: string) => Promise<void>;
}

/** Waits until what was said so far is stored, or cannot be; each request is to wait for it before it leaves. */
export type Keep = (signal: AbortSignal) => Promise<void>;

/**
 * Keeps a turn: what the person said before the request leaves, and then what the model says as it comes, marked as
 * partial until it is whole. A store that fails is told of in one warning, and changes nothing else.
 */
export async function* record(
  answer: (keep: Keep) => AsyncIterable<EventBatch>,
  context: RecordContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const recorder = new Recorder(context, await hashImages(context.said));
  const keep: Keep = (signal) => recorder.keep(signal);
  let outcome: Outcome = "left";
  try {
    for await (const batch of answer(keep)) {
      const hashes = batch.some(isResult) ? await hashesOf(batch) : NO_HASHES;
      recorder.take(batch, hashes);
      // What is whole is kept before anybody acts on it; the rest, once it has been shown.
      recorder.keepWhole();
      yield batch;
      recorder.keepPartial();
      const failure = recorder.failure();
      if (failure.length > 0) yield failure;
    }
    outcome = "ended";
  } catch (error) {
    outcome = "failed";
    throw error;
  } finally {
    await recorder.end(outcome);
    if (outcome !== "ended") {
      for (const event of recorder.failure()) {
        if (event.type === "warning") await context.warn(event.message);
      }
    }
  }
  yield recorder.failure();
}

/** How the events came to an end: by themselves, by a failure, or because nobody asked for more. */
type Outcome = "ended" | "failed" | "left";

const NO_HASHES: ImageHashes = new Map();

/** Only what a tool brought can hold images. */
function isResult({ type }: StreamEvent): boolean {
  return type === "tool_result";
}

async function hashesOf(batch: EventBatch): Promise<ImageHashes> {
  const all = await Promise.all(
    batch.map((event) =>
      event.type === "tool_result" ? hashImages(event.result) : NO_HASHES
    ),
  );
  return new Map(all.flatMap((hashes) => [...hashes]));
}

/** The writes of one turn, in order. Those that another process keeps from happening are tried again with the next. */
class Recorder {
  readonly #context: RecordContext;
  #waiting: (() => void)[] = [];
  #turn = 0;
  /** Text that is not written yet. */
  #partial = "";
  /** About how much of the answer stands in pieces in the database, in characters. */
  #pieces = 0;
  #insertPiece: ReturnType<typeof pieceInserter> | undefined;
  #text = false;
  #finish: (StreamEvent & { type: "finish" }) | undefined;
  /** How the turn ended, as far as that was noted. */
  #ended: TurnStatus | undefined;
  #spent = 0;
  #patienceMs = PATIENCE_MS;
  readonly #start: number;
  #broken = false;
  #failure: string | undefined;

  constructor(context: RecordContext, hashes: ImageHashes) {
    this.#context = context;
    this.#start = context.host.elapsed();
    const { database, conversation, begun, host, said } = context;
    const { provider, model } = context;
    this.#waiting.push(() => {
      if (begun) keepInstructions(database, conversation);
      else insertConversation(database, conversation);
      const turn = { provider, model, said, at: host.now(), hashes };
      this.#turn = insertTurn(database, conversation.id, turn);
    });
  }

  /** The warning that something cannot be kept, handed out once. */
  failure(): EventBatch {
    const message = this.#failure;
    if (message === undefined) return [];
    this.#failure = undefined;
    return [{ type: "warning", message }];
  }

  /** Writes what waits, and waits for others who write, for a time. */
  async keep(signal: AbortSignal): Promise<void> {
    const { host } = this.#context;
    if (this.#settled(MOMENT_MS) || this.#patienceMs <= 0) return;
    const since = host.elapsed();
    await this.#settle({ signal, limitMs: this.#patienceMs });
    this.#patienceMs -= host.elapsed() - since;
  }

  take(batch: EventBatch, hashes: ImageHashes): void {
    const items: Item[] = [];
    const deltas: string[] = [];
    for (const event of batch) {
      switch (event.type) {
        case "text":
          deltas.push(event.delta);
          break;
        case "replay":
          items.push(event.item);
          break;
        case "tool_result":
          items.push(event.result);
          break;
        case "finish":
          this.#finish = event;
          break;
        default: // nothing that is kept
      }
    }
    if (deltas.length > 0) {
      this.#text = true;
      // Joined first: a sum of many would hold on to each of them.
      if (!this.#broken) this.#partial += deltas.join("");
    }
    if (items.length > 0) this.#addItems(items, hashes);
    // The rest is a formality, unless somebody finds fault with the answer.
    if (batch.at(-1)?.type === "finish") this.#addEnd(this.#status("left"));
  }

  /** Writes what is whole, at once. */
  keepWhole(): void {
    if (this.#waiting.length > 0) this.#write();
  }

  /** Writes the text that has come since, unless that would cost the run too much time. */
  keepPartial(): void {
    if (this.#partial === "") return;
    const { host } = this.#context;
    const now = host.elapsed();
    const late = this.#spent > (now - this.#start) * SHARE_OF_TIME + 1;
    if (late && this.#partial.length < LONGEST_PARTIAL) return;
    this.#addPiece();
    this.keepWhole();
    this.#spent += host.elapsed() - now;
  }

  async end(outcome: Outcome): Promise<void> {
    const { host } = this.#context;
    this.#addPiece({ last: true });
    this.#addEnd(this.#status(outcome));
    if (this.#settled(MOMENT_MS)) return;
    const stopped = host.interrupt.aborted;
    const settled = await this.#settle({
      signal: stopped ? new AbortController().signal : host.interrupt,
      limitMs: stopped ? GRACE_MS : LAST_PATIENCE_MS,
    }).catch(() => false);
    if (!settled) this.#fail("another program holds it locked");
  }

  #addEnd(status: TurnStatus): void {
    if (status === this.#ended) return;
    this.#ended = status;
    const { database, host } = this.#context;
    const { usage, contextTokens = usage?.totalTokens } = this.#finish ?? {};
    const end = { status, usage, contextTokens, at: host.now() };
    this.#waiting.push(() => endTurn(database, this.#turn, end));
  }

  #status(outcome: Outcome): TurnStatus {
    const whole = outcome === "ended" ||
      outcome === "left" && this.#finish?.reason === "stop";
    if (whole) return "completed";
    return this.#text ? "incomplete" : "failed";
  }

  /**
   * Puts finished items in the place of the pieces that were kept of them. What the pieces hold beyond that, because the
   * stream broke in another answer, comes after them.
   */
  #addItems(items: readonly Item[], hashes: ImageHashes): void {
    const { database } = this.#context;
    const finished = items.map(answered).join("");
    const unwritten = this.#partial;
    const pieces = this.#pieces;
    const more = Math.max(0, pieces + unwritten.length - finished.length);
    this.#partial = "";
    this.#pieces = more;
    this.#waiting.push(() => {
      const text = more > 0 ? readPieces(database, this.#turn) + unwritten : "";
      if (pieces > 0) deletePieces(database, this.#turn);
      for (const item of items) {
        insertItem(database, this.#turn, item, { hashes });
      }
      const at = text.indexOf(finished);
      const rest = at === -1 ? "" : text.slice(at + finished.length);
      if (rest.trim() !== "") this.#insertText(rest);
    });
  }

  /** Each piece is a row of its own, so that none is written twice. */
  #addPiece({ last = false } = {}): void {
    // The other half of a character comes with the next delta.
    const length = last || !/[\ud800-\udbff]$/.test(this.#partial)
      ? this.#partial.length
      : this.#partial.length - 1;
    const text = this.#partial.slice(0, length);
    if (text === "") return;
    this.#partial = this.#partial.slice(length);
    this.#pieces += length;
    this.#waiting.push(() => this.#insertText(text));
  }

  #insertText(text: string): void {
    const { database } = this.#context;
    if (isPlain(text)) {
      this.#insertPiece ??= pieceInserter(database);
      this.#insertPiece(this.#turn, text);
    } else {
      const made = { raw: undefined, origin: undefined };
      const item = { type: "answer", text, ...made } as const;
      insertItem(database, this.#turn, item, { partial: true });
    }
  }

  /** Writes what waits; true when nothing is left to be written. */
  #settled(patienceMs = 0): boolean {
    return this.#waiting.length === 0 || this.#write(patienceMs) ||
      this.#broken;
  }

  async #settle(
    { signal, limitMs }: Pick<LockOptions, "signal" | "limitMs">,
  ): Promise<boolean> {
    const { database, host } = this.#context;
    const options = { host, signal, limitMs };
    return await askRepeatedly(database, () => this.#settled(), options);
  }

  /** Does what waits in one transaction; false when it still waits, since another process writes for longer than that. */
  #write(patienceMs = 0): boolean {
    const { database } = this.#context;
    if (this.#broken) return false;
    const turn = this.#turn;
    try {
      // A refresh of the sign-in that another turn of this process waits for.
      if (database.isTransaction) return false;
      inPassing(database, {
        patienceMs,
        work: () => inTransaction(database, () => this.#waiting.forEach(call)),
      });
      this.#waiting = [];
      return true;
    } catch (error) {
      this.#turn = turn;
      if (!isBusy(error)) this.#fail(explainDatabase(error));
      return false;
    }
  }

  #fail(why: string): void {
    this.#broken = true;
    this.#waiting = [];
    this.#context.failed();
    this.#failure = `Cannot keep the conversation: ${why}`;
  }
}

function answered(item: Item): string {
  return item.type === "answer" ? item.text : "";
}

function call(write: () => void): void {
  write();
}

/** Writes without waiting for the disk: a power cut may cost the last moment, but killing meka costs nothing. */
function inPassing(
  database: Database,
  { patienceMs, work }: {
    readonly patienceMs: number;
    readonly work: () => void;
  },
): void {
  database.exec(
    `PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = ${patienceMs}`,
  );
  try {
    work();
  } finally {
    // Rotated tokens must be on the disk before they are used.
    database.exec(
      `PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`,
    );
  }
}
