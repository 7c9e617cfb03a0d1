import type { EventBatch, StreamEvent } from "../event.ts";
import type { Host } from "../host.ts";
import type { Item } from "../message.ts";
import {
  type Conversation,
  endTurn,
  insertConversation,
  insertTurn,
  type TurnEnd,
} from "./conversations.ts";
import {
  BUSY_TIMEOUT_MS,
  type Database,
  explainDatabase,
  inTransaction,
  isBusy,
} from "./database.ts";
import {
  hashImages,
  type ImageHashes,
  insertItem,
  pieceInserter,
} from "./items.ts";
import { askRepeatedly } from "./lock.ts";

/** The most of its time that a run may spend on keeping what is not whole yet. */
const SHARE_OF_TIME = 1 / 50;
/** What is written whatever it costs, so that it does not pile up in memory, in characters. */
const LONGEST_PARTIAL = 256 * 1024;

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

/**
 * Keeps a turn: what the person said before the first event is asked for, so before the request leaves, and then what
 * the model says as it comes, marked as partial until it is whole. A store that fails is told of in one warning, and
 * changes nothing else.
 */
export async function* record(
  events: AsyncIterable<EventBatch>,
  context: RecordContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const recorder = new Recorder(context);
  await recorder.begin(await hashImages(context.said));
  let whole = false;
  try {
    for await (const batch of events) {
      const hashes = await hashesOf(batch);
      for (const event of batch) recorder.take(event, hashes);
      // What is whole is kept before anybody acts on it; the rest, once it has been shown.
      recorder.keepWhole();
      yield batch;
      recorder.keepPartial();
      yield recorder.failure();
    }
    whole = true;
  } finally {
    recorder.end(
      whole ? "completed" : recorder.hasText ? "incomplete" : "failed",
    );
    if (!whole) {
      for (const event of recorder.failure()) {
        if (event.type === "warning") await context.warn(event.message);
      }
    }
  }
  yield recorder.failure();
}

const NO_HASHES: ImageHashes = new Map();

/** Only what a tool brought can hold images. */
async function hashesOf(batch: EventBatch): Promise<ImageHashes> {
  if (!batch.some(({ type }) => type === "tool_result")) return NO_HASHES;
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
  #waiting: (() => unknown)[] = [];
  #turn = 0;
  /** Text that is not written yet. */
  #partial = "";
  /** Pieces of the answer are in the database. */
  #pieces = false;
  #insertPiece: ReturnType<typeof pieceInserter> | undefined;
  #text = false;
  #end: Pick<TurnEnd, "usage" | "contextTokens"> = {
    usage: undefined,
    contextTokens: undefined,
  };
  #spent = 0;
  readonly #start: number;
  #broken = false;
  #failure: string | undefined;

  constructor(context: RecordContext) {
    this.#context = context;
    this.#start = context.host.elapsed();
  }

  get hasText(): boolean {
    return this.#text;
  }

  /** The warning that something cannot be kept, handed out once. */
  failure(): EventBatch {
    const message = this.#failure;
    if (message === undefined) return [];
    this.#failure = undefined;
    return [{ type: "warning", message }];
  }

  async begin(hashes: ImageHashes): Promise<void> {
    const { database, conversation, begun, host, said } = this.#context;
    const { provider, model } = this.#context;
    this.#waiting.push(() => {
      if (!begun) insertConversation(database, conversation);
      const turn = { provider, model, said, at: host.now(), hashes };
      this.#turn = insertTurn(database, conversation.id, turn);
    });
    await askRepeatedly(database, () => this.#write() || this.#broken, {
      host,
      signal: host.interrupt,
      limitMs: BUSY_TIMEOUT_MS,
    });
  }

  take(event: StreamEvent, hashes: ImageHashes): void {
    switch (event.type) {
      case "text":
        if (!this.#broken) this.#partial += event.delta;
        this.#text = true;
        break;
      case "replay":
        // A whole answer takes the place of what was kept of it so far.
        if (event.item.type === "answer") this.#dropPartial();
        this.#add(event.item, hashes);
        break;
      case "tool_result":
        this.#add(event.result, hashes);
        break;
      case "finish":
        this.#end = {
          usage: event.usage,
          contextTokens: event.contextTokens ?? event.usage?.totalTokens,
        };
        break;
      default: // nothing that is kept
    }
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
    this.#addPartial();
    this.#write();
    this.#spent += host.elapsed() - now;
  }

  end(status: "completed" | "incomplete" | "failed"): void {
    const { database, host } = this.#context;
    if (this.#partial !== "") this.#addPartial();
    this.#waiting.push(() =>
      endTurn(database, this.#turn, { ...this.#end, status, at: host.now() })
    );
    if (!this.#write(BUSY_TIMEOUT_MS) && !this.#broken) {
      this.#fail("another program holds it locked");
    }
  }

  #add(item: Item, hashes: ImageHashes): void {
    const { database } = this.#context;
    this.#waiting.push(() =>
      insertItem(database, this.#turn, item, { hashes })
    );
  }

  /** Each piece is a row of its own, so that none is written twice. */
  #addPartial(): void {
    const text = this.#partial;
    this.#partial = "";
    this.#pieces = true;
    this.#waiting.push(() => {
      this.#insertPiece ??= pieceInserter(this.#context.database);
      this.#insertPiece(this.#turn, text);
    });
  }

  #dropPartial(): void {
    this.#partial = "";
    if (!this.#pieces) return;
    this.#pieces = false;
    const { database } = this.#context;
    this.#waiting.push(() =>
      database.prepare("DELETE FROM items WHERE turn = ? AND partial = 1")
        .run(this.#turn)
    );
  }

  /** Does what waits in one transaction; false when it still waits, since another process writes for longer than `patience`. */
  #write(patience = 0): boolean {
    if (this.#broken) return false;
    const { database } = this.#context;
    const turn = this.#turn;
    try {
      // Losing the last moment in a power cut is worth not waiting for the disk; killing meka loses nothing.
      database.exec(
        `PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = ${patience}`,
      );
      inTransaction(database, () => this.#waiting.forEach((write) => write()));
      this.#waiting = [];
      return true;
    } catch (error) {
      this.#turn = turn;
      if (!isBusy(error)) this.#fail(explainDatabase(error));
      return false;
    } finally {
      // Rotated tokens must be on the disk before they are used.
      database.exec(
        `PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`,
      );
    }
  }

  #fail(why: string): void {
    this.#broken = true;
    this.#waiting = [];
    this.#context.failed();
    this.#failure = `Cannot keep the conversation: ${why}`;
  }
}
