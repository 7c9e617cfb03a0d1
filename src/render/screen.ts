import type { EventBatch, StreamEvent } from "../event.ts";
import type { Output } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import { Aside } from "./aside.ts";
import { type Format, OutputQueue, type RenderOptions } from "./format.ts";
import { PairJoiner } from "./pair_joiner.ts";

/** What a piece of an answer is shown on: tells what to write as its text comes. */
export interface AnswerPage {
  add(delta: string): string;
  /** The rest, which ends with a line's end unless nothing was shown at all. */
  end(): string;
}

/** What a screen shows an answer with. */
export interface ScreenOptions extends RenderOptions {
  /** One is made for each stretch of text that nothing interrupts. */
  readonly newPage: () => AnswerPage;
}

/** The answer on a person's screen, and whatever comes between its parts on lines of its own. */
export function screen(options: ScreenOptions): Format {
  const view = new View(options);
  return {
    render: (events) => render(events, view),
    fail: () => {
      view.end();
      return view.take();
    },
  };
}

/** Shows a text as it is, but for what could drive the screen. */
export class PlainPage implements AnswerPage {
  readonly #joiner = new PairJoiner();
  #last = "\n";

  add(delta: string): string {
    const shown = stripControl(this.#joiner.add(delta));
    this.#last = shown.at(-1) ?? this.#last;
    return shown;
  }

  end(): string {
    const rest = this.add(this.#joiner.end());
    return this.#last === "\n" ? rest : `${rest}\n`;
  }
}

async function* render(
  events: AsyncIterable<EventBatch>,
  view: View,
): AsyncGenerator<Output, void, undefined> {
  for await (const batch of events) {
    for (const event of batch) view.show(event);
    yield* view.take();
  }
  view.end();
  yield* view.take();
}

class View {
  readonly #newPage: () => AnswerPage;
  readonly #queue = new OutputQueue();
  readonly #told = new OutputQueue();
  readonly #aside: Aside;
  readonly #showsReasoning: boolean;
  #page: AnswerPage | undefined;
  /** The last that came was reasoning, which an empty line keeps apart from the answer. */
  #reasoned = false;

  constructor(options: ScreenOptions) {
    this.#showsReasoning = options.reasoning;
    this.#newPage = options.newPage;
    this.#aside = new Aside(options, this.#told);
  }

  take(): readonly Output[] {
    return this.#queue.take();
  }

  show(event: StreamEvent): void {
    if (event.type === "text") {
      if (event.delta === "") return;
      this.#aside.closeLine();
      this.#tell();
      if (this.#reasoned) this.#queue.add("stderr", "\n");
      this.#reasoned = false;
      this.#page ??= this.#newPage();
      this.#queue.add("stdout", this.#page.add(event.delta));
    } else {
      this.#aside.show(event);
      this.#tell();
      this.#reasoned ||= event.type === "reasoning" && this.#showsReasoning;
    }
  }

  end(): void {
    this.#endPage();
    this.#aside.end();
    this.#tell();
  }

  /** What stands beside the answer stands on lines of its own. */
  #tell(): void {
    const told = this.#told.take();
    if (told.length > 0) this.#endPage();
    for (const { to, text } of told) this.#queue.add(to, text);
  }

  #endPage(): void {
    this.#queue.add("stdout", this.#page?.end() ?? "");
    this.#page = undefined;
  }
}
