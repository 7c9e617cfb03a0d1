import { KeySource } from "./deno_key_source.ts";
import {
  type RawTerminal,
  rawTerminal,
  windowSize,
} from "./deno_raw_terminal.ts";
import { MekaError } from "./errors.ts";
import type {
  Host,
  LineEditor,
  LineEditorOptions,
  LineInput,
  ReadLineOptions,
} from "./host.ts";
import { choiceLines } from "./terminal/choices.ts";
import type { Key } from "./terminal/key_sequences.ts";
import { complete } from "./terminal/line_completion.ts";
import { joinTexts, press, type Wish } from "./terminal/line_keys.ts";
import { LineScreen } from "./terminal/line_screen.ts";
import {
  type History,
  type LineState,
  newLine,
} from "./terminal/line_state.ts";

/** What a line editor needs of its host. */
export type EditorHost = Pick<Host, "interrupt" | "write">;

/** A line that is being read. */
interface Reading {
  state: LineState;
  readonly history: History;
  readonly screen: LineScreen;
  readonly terminal: RawTerminal;
}

/** {@linkcode LineEditor} on the terminal. */
export class TerminalLineEditor implements LineEditor {
  readonly #options: LineEditorOptions;
  readonly #host: EditorHost;
  readonly #source = new KeySource();
  /** Keys behind the one that ended a line. */
  #left: readonly Key[] = [];
  #killed = "";

  constructor(options: LineEditorOptions, host: EditorHost) {
    this.#options = options;
    this.#host = host;
  }

  async read(
    prompt: string,
    { history = [], initial, signal }: ReadLineOptions = {},
  ): Promise<LineInput> {
    const { interrupt } = this.#host;
    const hangup = new AbortController();
    const bell = new Bell(
      AbortSignal.any([interrupt, hangup.signal, signal ?? interrupt]),
    );
    const screen = new LineScreen(prompt);
    using terminal = rawTerminal({
      onResize: () => bell.ring(),
      onResume: () => {
        screen.forget();
        bell.ring();
      },
      onHangup: () =>
        hangup.abort(new MekaError("interrupted", "Hung up", { exit: 129 })),
    });
    const state = newLine(history, { initial, killed: this.#killed });
    const reading = { state, history, screen, terminal };
    this.#source.pause();
    try {
      return await this.#read(reading, bell);
    } catch (error) {
      await this.#say(screen.end(reading.state, windowSize()));
      throw error;
    } finally {
      this.#source.pause();
      this.#killed = reading.state.killed;
    }
  }

  async #read(reading: Reading, bell: Bell): Promise<LineInput> {
    const { screen, history } = reading;
    for (;;) {
      await this.#say(screen.show(reading.state, windowSize()));
      const keys = await this.#keys(bell);
      if (keys === undefined) {
        await this.#say(screen.end(reading.state, windowSize()));
        return { type: "end" };
      }
      for (const [at, key] of keys.entries()) {
        const { state, wish } = press(reading.state, key, history);
        reading.state = state;
        const input = wish && await this.#grant(wish, reading);
        if (input === undefined) continue;
        this.#left = keys.slice(at + 1);
        return input;
      }
    }
  }

  /** None where the window has changed; undefined where no key will ever come. */
  async #keys(bell: Bell): Promise<readonly Key[] | undefined> {
    const left = this.#left;
    this.#left = [];
    if (left.length > 0) return left;
    const keys = await this.#source.next(bell.rung);
    if (keys?.length === 0) bell.reset();
    return keys && joinTexts(keys);
  }

  async #grant(wish: Wish, reading: Reading): Promise<LineInput | undefined> {
    const { state, screen, terminal, history } = reading;
    const { text, killed } = state;
    const size = windowSize();
    switch (wish) {
      case "submit":
        await this.#say(screen.end(state, size));
        return { type: "line", text };
      case "end":
        await this.#say(screen.end(state, size));
        return { type: "end" };
      case "cancel":
      case "drop":
        await this.#say(screen.end({ ...state, text: `${text}^C` }, size));
        if (wish === "cancel") return { type: "cancel" };
        reading.state = newLine(history, { killed });
        return undefined;
      case "clear":
        await this.#say(screen.clear());
        return undefined;
      case "suspend":
        await this.#say(screen.end(state, size));
        terminal.suspend();
        return undefined;
      case "complete":
        await this.#complete(reading);
        return undefined;
      default:
        return wish satisfies never;
    }
  }

  async #complete(reading: Reading): Promise<void> {
    const { text, cursor } = reading.state;
    const completion = await this.#options.complete?.(text, cursor);
    if (completion === undefined) return;
    const { state, choices } = complete(reading.state, completion);
    reading.state = state;
    if (choices.length === 0) return;
    const size = windowSize();
    const lines = choiceLines(choices, size);
    await this.#say(reading.screen.end(state, size, lines));
  }

  async #say(text: string): Promise<void> {
    await this.#host.write({ to: "stderr", text });
  }
}

/** Wakes the wait for keys; rejects with the reason of the signal that ends it all. */
class Bell {
  readonly #end: AbortSignal;
  #rung = Promise.withResolvers<void>();

  constructor(end: AbortSignal) {
    end.throwIfAborted();
    this.#end = end;
    end.addEventListener("abort", () => this.#rung.reject(end.reason));
    this.reset();
  }

  get rung(): Promise<void> {
    return this.#rung.promise;
  }

  ring(): void {
    this.#rung.resolve();
  }

  /** The next wait is another one. */
  reset(): void {
    if (this.#end.aborted) return;
    this.#rung = Promise.withResolvers();
    // Nobody may be waiting when the end comes.
    this.#rung.promise.catch(() => {});
  }
}
