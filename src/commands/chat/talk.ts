import { MekaError } from "../../errors.ts";
import { addUsage } from "../../event.ts";
import type { Host } from "../../host.ts";
import type { Item } from "../../message.ts";
import {
  type Conversation,
  findByName,
  renameConversation,
} from "../../store/conversations.ts";
import { explainDatabase } from "../../store/database.ts";
import {
  hideLastTurn,
  type History,
  NO_HISTORY,
  type PastTurn,
  readHistory,
} from "../../store/history.ts";
import type { Spent } from "../../store/spent.ts";
import { tokensOf } from "../../store/tokens_of.ts";
import {
  readTranscript,
  type ToldTurn,
  type Transcript,
} from "../../store/transcript.ts";
import type { ProviderAccess } from "../access.ts";
import type { CommandContext } from "../context.ts";
import { newConversation, type OpenConversation } from "../conversation.ts";
import type { TurnWatch } from "../turn_run.ts";
import { type Exchange, wordsOf } from "./exchange.ts";
import { retake, type Taken } from "./retake.ts";

/** What a {@linkcode Talk} needs beside its conversation. */
export interface TalkContext {
  readonly context: CommandContext;
  readonly access: Pick<ProviderAccess, "opened" | "keeps">;
  /** The provider and the model that a new conversation begins with. */
  readonly provider: string;
  readonly model: () => string;
  /** Tells a person something. */
  readonly note: (message: string) => Promise<void>;
}

/** What is known of a turn beside what was said in it. */
type MadeTurn = Pick<ToldTurn, "model" | "status" | "startedAt">;

const NOTHING_SPENT: Spent = { last: undefined, all: undefined };

/**
 * The conversation of a chat, over many turns. Other runs may go on with it meanwhile: each turn takes it up anew, alone.
 * What cannot be kept, because nobody wants it or the store fails, is known here until the chat ends.
 */
export class Talk {
  readonly #context: TalkContext;
  #taken: Taken;
  #spent: Spent = NOTHING_SPENT;
  /** What is known of the turns that were made here. */
  readonly #made = new WeakMap<PastTurn, MadeTurn>();

  constructor(taken: Taken, context: TalkContext) {
    this.#taken = taken;
    this.#context = context;
  }

  get conversation(): Conversation {
    return this.#taken.conversation;
  }

  /** The conversation can be taken up by later runs. */
  get stored(): boolean {
    return this.#taken.begun;
  }

  /** What is replayed, as far as this run knows. */
  get history(): History {
    return this.#taken.history;
  }

  /** What was said last, and all that came of it. */
  get last(): PastTurn | undefined {
    return this.history.turns.at(-1);
  }

  /** What the turns of this chat have cost in this conversation. */
  get spent(): Spent {
    return this.#spent;
  }

  /** For the one turn that is made with what `open` returned. */
  get watch(): Pick<TurnWatch, "lost" | "shortened"> {
    return {
      lost: () => this.#change({ kept: false }),
      shortened: (history) => this.#change({ history }),
    };
  }

  /** Goes on with another conversation from now on. */
  take(taken: Taken): void {
    this.#taken = taken;
    this.#spent = NOTHING_SPENT;
  }

  /** Begins another conversation, which is stored with its first message. */
  begin(): void {
    const { context, access, provider, model } = this.#context;
    const options = { provider, model: model() };
    this.take({
      conversation: newConversation(context, options),
      begun: false,
      // A store that failed once may work again.
      kept: access.keeps && !context.options.has("no-save"),
      history: NO_HISTORY,
    });
  }

  /**
   * Gives the conversation another name, which is stored with it.
   *
   * @throws {MekaError} "usage" when another one has it, "internal" when the store fails.
   */
  rename(name: string): void {
    const { kept, begun, conversation } = this.#taken;
    const { database } = this.#context.access.opened ?? {};
    if (kept && database !== undefined) {
      try {
        const other = findByName(database, name);
        if (other !== undefined && other.id !== conversation.id) {
          throw new MekaError(
            "usage",
            `Another conversation has the name "${name}"`,
          );
        }
        if (begun) renameConversation(database, conversation.id, name);
      } catch (error) {
        if (error instanceof MekaError) throw error;
        throw new MekaError(
          "internal",
          `Cannot name the conversation: ${explainDatabase(error)}`,
        );
      }
    }
    this.#change({ conversation: { ...conversation, name } });
  }

  /** Takes the conversation up for one turn, as other runs have left it; `host` is the one whose interrupt ends the wait. */
  async open(host: Host): Promise<OpenConversation> {
    await using locks = new AsyncDisposableStack();
    const { database } = this.#context.access.opened ?? {};
    if (this.#taken.kept && database !== undefined) {
      try {
        this.#taken = await retake(this.#taken, {
          database,
          host,
          locks,
          note: this.#context.note,
          begin: () => {
            this.begin();
            return this.#taken;
          },
        });
      } catch (error) {
        if (error instanceof MekaError) throw error;
        const why = explainDatabase(error);
        this.#change({ kept: false });
        await this.#context.note(
          `Cannot read the conversation: ${why}; nothing is kept from now on`,
        );
      }
    }
    const held = locks.move();
    return {
      ...this.#taken,
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  }

  /** Adds a turn that was made; one that ended before it began was not stored, either. */
  add(exchange: Exchange): void {
    if (!exchange.begun) return;
    const { items, usage, contextTokens, status, startedAt } = exchange;
    const { kept, begun, history } = this.#taken;
    this.#spent = { last: usage, all: addUsage(this.#spent.all, usage) };
    // Its id is known when it is read from the store.
    const turn: PastTurn = { id: 0, items };
    const model = this.#context.model();
    this.#made.set(turn, { model, status, startedAt });
    this.#change({
      begun: begun || kept,
      history: {
        ...history,
        turns: [...history.turns, turn],
        contextTokens: contextTokens ??
          (history.contextTokens && history.contextTokens + tokensOf(items)),
      },
    });
  }

  /**
   * Takes the last turn back and returns what was said in it; undefined when there is none.
   *
   * @throws {MekaError} when the store fails, or another run has gone on since.
   */
  async takeBack(host: Host): Promise<Item | undefined> {
    const known = this.last?.items[0];
    await using opened = await this.open(host);
    const { history, kept, begun, conversation } = opened;
    const last = this.last?.items[0];
    if (known !== undefined && wordsOf(known) !== wordsOf(last)) {
      throw new MekaError(
        "usage",
        "The last exchange is one that another run has added meanwhile",
        { hint: "Say so again to take that one back" },
      );
    }
    const { database } = this.#context.access.opened ?? {};
    if (!kept || !begun || database === undefined) {
      const turns = history.turns.slice(0, -1);
      // How long it is without the turn, nobody told.
      this.#change({
        history: { ...history, turns, contextTokens: undefined },
      });
      return last;
    }
    try {
      const said = hideLastTurn(database, conversation.id);
      this.#change({ history: readHistory(database, conversation.id) });
      return said;
    } catch (error) {
      throw new MekaError(
        "internal",
        `Cannot take the exchange back: ${explainDatabase(error)}`,
      );
    }
  }

  /** All that is known of the conversation: what is stored, else what was said in this chat. */
  transcript(): Transcript {
    const { kept, begun, conversation, history } = this.#taken;
    const { database } = this.#context.access.opened ?? {};
    if (kept && begun && database !== undefined) {
      return readTranscript(database, conversation);
    }
    const { provider, model, createdAt } = conversation;
    const unknown: Omit<ToldTurn, "items"> = {
      provider,
      model,
      status: "completed",
      hidden: false,
      usage: undefined,
      contextTokens: undefined,
      startedAt: createdAt,
      endedAt: undefined,
    };
    const turns = history.turns.map((turn) => ({
      ...unknown,
      ...this.#made.get(turn),
      items: turn.items.map((item) => ({ item, partial: false })),
    }));
    return { conversation, turns, summaries: [] };
  }

  #change(changes: Partial<Taken>): void {
    this.#taken = { ...this.#taken, ...changes };
  }
}
