import type { Host } from "../host.ts";
import {
  type BatchAnswer,
  type BatchAnswers,
  batchAnswers,
  forgetAnswers,
} from "../store/batch.ts";
import { type Database, explainDatabase, isBusy } from "../store/database.ts";
import type { CommandContext } from "./context.ts";
import { newSession } from "./session_id.ts";
import type { TurnRun } from "./turn_run.ts";

/** How long answers are kept for another run, in milliseconds. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** How long the store may be somebody else's before that is told: longer than a refresh of the sign-in holds it. */
const PATIENCE_MS = 40_000;
const POLL_MS = 25;

/** Tells whether a later run finds the answers of this one. */
export function keepsAnswers(
  { access }: TurnRun,
  { options }: CommandContext,
): boolean {
  return access.keeps && !options.has("no-save");
}

/** Opens the store for the answers of a run, unless it keeps none. */
export async function openKeeper(
  run: TurnRun,
  context: CommandContext,
  options: Pick<KeeperOptions, "signal" | "warn">,
): Promise<Keeper | undefined> {
  const { access: { opened } } = run;
  if (opened === undefined || !keepsAnswers(run, context)) return undefined;
  const { database } = opened;
  const { host } = context;
  try {
    forgetAnswers(database, host.now() - KEPT_MS);
  } catch {
    // What is too old is forgotten by the next run.
  }
  const hash = await host.hasher();
  return new Keeper({
    database,
    host,
    run: newSession(host),
    hash,
    ...options,
  });
}

/** What a {@linkcode Keeper} is made with. */
export interface KeeperOptions {
  readonly database: Database;
  /** Names this run. */
  readonly run: string;
  readonly hash: (text: string) => string;
  readonly host: Pick<Host, "now" | "elapsed" | "sleep">;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  readonly warn: (message: string) => Promise<void>;
}

/** Where the answer to one question lies. */
export interface AnswerPlace {
  /** An answer that an earlier run has got, where there is one. */
  take(): Promise<BatchAnswer | undefined>;
  /** Keeps an answer for a later run. */
  keep(answer: BatchAnswer): Promise<void>;
}

/** The answers of a batch in the store. One that fails is told of once, and changes nothing else. */
export class Keeper {
  readonly #options: KeeperOptions;
  #answers: BatchAnswers | undefined;
  #broken = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Where the answer to a question lies, by all that shapes it. */
  place(shape: string): AnswerPlace {
    const { host, hash } = this.#options;
    const key = hash(shape);
    return {
      take: () => this.#work((answers) => answers.take(key)),
      keep: async (answer) => {
        const now = host.now();
        await this.#work((answers) => answers.keep(key, answer, now));
      },
    };
  }

  async #work<T>(
    work: (answers: BatchAnswers) => T,
  ): Promise<T | undefined> {
    const { host, signal } = this.#options;
    const start = host.elapsed();
    try {
      for (;;) {
        const done = this.#attempt(work);
        if (done !== undefined) return done.value;
        if (this.#broken || host.elapsed() - start >= PATIENCE_MS) {
          await this.#tell("another program holds it locked");
          return undefined;
        }
        await host.sleep(POLL_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) await this.#tell(explainDatabase(error));
      return undefined;
    }
  }

  /**
   * Undefined while the store is somebody else's: another process's, or that of a refresh of the sign-in, whose
   * transaction is on this connection.
   */
  #attempt<T>(
    work: (answers: BatchAnswers) => T,
  ): { readonly value: T } | undefined {
    const { database, run } = this.#options;
    if (database.isTransaction) return undefined;
    try {
      this.#answers ??= batchAnswers(database, run);
      return { value: work(this.#answers) };
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw error;
    }
  }

  async #tell(why: string): Promise<void> {
    if (this.#broken) return;
    this.#broken = true;
    await this.#options.warn(
      `Cannot keep the answers: ${why}; another run would ask for them again`,
    );
  }
}
