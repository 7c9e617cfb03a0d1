import type { EventBatch, StreamEvent } from "../event.ts";
import type { Output } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import { Aside } from "./aside.ts";
import { type Format, OutputQueue, type RenderOptions } from "./format.ts";

/** The answer alone on stdout, as the model sent it; everything else on stderr. */
export function text(options: RenderOptions): Format {
  const page = new Page(options);
  return {
    render: (events) => render(events, page),
    fail: () => page.fail(),
  };
}

async function* render(
  events: AsyncIterable<EventBatch>,
  page: Page,
): AsyncGenerator<Output, void, undefined> {
  for await (const batch of events) {
    for (const event of batch) page.show(event);
    yield* page.take();
  }
  page.end();
  yield* page.take();
}

class Page {
  readonly #options: RenderOptions;
  readonly #queue = new OutputQueue();
  readonly #aside: Aside;
  /** The first half of a surrogate pair that two deltas share; alone it would be written as U+FFFD. */
  #half = "";
  #lastWritten = "\n";

  constructor(options: RenderOptions) {
    this.#options = options;
    this.#aside = new Aside(options, this.#queue);
  }

  take(): readonly Output[] {
    return this.#queue.take();
  }

  show(event: StreamEvent): void {
    if (event.type === "text") this.#answer(event.delta);
    else this.#aside.show(event);
  }

  end(): void {
    this.#write(this.#half);
    if (this.#lastWritten !== "\n") this.#queue.add("stdout", "\n");
    this.#aside.end();
  }

  fail(): readonly Output[] {
    this.#write(this.#half);
    // A cut answer stays as it came, for whoever reads the pipe; on a screen the error needs a line of its own.
    const cut = this.#lastWritten !== "\n" && this.#options.stdoutIsTerminal;
    if (cut) this.#queue.add("stdout", "\n");
    this.#aside.end();
    return this.take();
  }

  #answer(delta: string): void {
    if (delta === "") return;
    this.#aside.closeLine();
    const answer = this.#half + delta;
    const last = answer.charCodeAt(answer.length - 1);
    const cut = last >= 0xd800 && last <= 0xdbff ? -1 : answer.length;
    this.#half = cut === -1 ? answer.slice(cut) : "";
    this.#write(answer.slice(0, cut));
  }

  #write(answer: string): void {
    const shown = this.#options.stdoutIsTerminal
      ? stripControl(answer)
      : answer;
    if (shown === "") return;
    this.#lastWritten = shown.slice(-1);
    this.#queue.add("stdout", shown);
  }
}
