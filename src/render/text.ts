import type { EventBatch } from "../event.ts";
import type { Output } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import { Aside } from "./aside.ts";
import { type Format, OutputQueue, type RenderOptions } from "./format.ts";
import { PairJoiner } from "./pair_joiner.ts";

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
    page.show(batch);
    yield* page.take();
  }
  page.end();
  yield* page.take();
}

class Page {
  readonly #options: RenderOptions;
  readonly #queue = new OutputQueue();
  readonly #aside: Aside;
  readonly #joiner = new PairJoiner();
  #lastWritten = "\n";

  constructor(options: RenderOptions) {
    this.#options = options;
    this.#aside = new Aside(options, this.#queue);
  }

  take(): readonly Output[] {
    return this.#queue.take();
  }

  /** Neighboring deltas are joined first, so that only one piece of text is looked at for a network chunk. */
  show(batch: EventBatch): void {
    let answer = "";
    for (const event of batch) {
      if (event.type === "text") {
        answer += event.delta;
        continue;
      }
      this.#answer(answer);
      answer = "";
      this.#aside.show(event);
    }
    this.#answer(answer);
  }

  end(): void {
    this.#write(this.#joiner.end());
    if (this.#lastWritten !== "\n") this.#queue.add("stdout", "\n");
    this.#aside.end();
  }

  fail(): readonly Output[] {
    this.#write(this.#joiner.end());
    // A cut answer stays as it came, for whoever reads the pipe; on a screen the error needs a line of its own.
    const cut = this.#lastWritten !== "\n" && this.#options.stdoutIsTerminal;
    if (cut) this.#queue.add("stdout", "\n");
    this.#aside.end();
    return this.take();
  }

  #answer(delta: string): void {
    if (delta === "") return;
    this.#aside.closeLine();
    this.#write(this.#joiner.add(delta));
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
