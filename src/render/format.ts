import type { MekaError } from "../errors.ts";
import type { EventBatch } from "../event.ts";
import type { Output } from "../host.ts";

/** What a person asked to see, and where it goes. */
export interface RenderOptions {
  /** stdout shows on a screen, so text that could drive it is removed. */
  readonly stdoutIsTerminal: boolean;
  /** stderr may be colored. */
  readonly color: boolean;
  /** `--reasoning` */
  readonly reasoning: boolean;
  /** `--usage` */
  readonly usage: boolean;
  /** `--quiet` */
  readonly quiet: boolean;
  /** Makes one line of a text that is not the model's, without secrets and control characters. */
  readonly clean: (text: string) => string;
}

/** One way to show a turn. It is used for one turn, since `fail` knows what `render` has shown. */
export interface Format {
  /** Yields what to write as it comes; ends with the events, or throws as they do. */
  render(events: AsyncIterable<EventBatch>): AsyncIterable<Output>;
  /** What stands in the place of the rest after a throw; the line for people is not part of it. */
  fail(error: MekaError): readonly Output[];
}

/** Output in order, neighbors for one stream joined so that they are written at once. */
export class OutputQueue {
  #outputs: Output[] = [];

  add(to: Output["to"], text: string): void {
    if (text === "") return;
    const last = this.#outputs.at(-1);
    if (last?.to === to) {
      this.#outputs[this.#outputs.length - 1] = { to, text: last.text + text };
    } else this.#outputs.push({ to, text });
  }

  /** Everything added since the last call. */
  take(): readonly Output[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}
