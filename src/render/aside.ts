import type { StreamEvent, Usage } from "../event.ts";
import { stripControl, visible } from "../http/redact.ts";
import type { OutputQueue, RenderOptions } from "./format.ts";
import { PairJoiner } from "./pair_joiner.ts";

/** How much of a tool's result is shown, in characters. */
const SHOWN_LENGTH = 120;

/** What every format tells on stderr beside the answer: remarks, and, where asked for, reasoning and usage. */
export class Aside {
  readonly #options: RenderOptions;
  readonly #queue: OutputQueue;
  readonly #joiner = new PairJoiner();
  /** Reasoning stands on the screen's current line. */
  #lineOpen = false;
  #usage: Usage | undefined;

  constructor(options: RenderOptions, queue: OutputQueue) {
    this.#options = options;
    this.#queue = queue;
  }

  show(event: StreamEvent): void {
    switch (event.type) {
      case "reasoning":
        if (this.#options.reasoning) this.#reason(event.delta);
        break;
      case "warning":
        this.#remark("warning", event.message);
        break;
      case "note":
      case "retry":
        this.#remark("note", event.message);
        break;
      case "tool_call":
        this.#remark("tool", visible(`${event.name} ${event.arguments}`));
        break;
      case "tool_result":
        this.#remark("tool", visible(resultLine(event)));
        break;
      case "finish":
        this.#usage = event.usage;
        break;
      default: // the answer's own events are the format's to show
    }
  }

  /** Ends a line of reasoning before something else is shown. */
  closeLine(): void {
    if (this.#lineOpen) this.#queue.add("stderr", "\n");
    this.#lineOpen = false;
  }

  /** Called once the answer is whole or given up: usage is its last line. */
  end(): void {
    this.closeLine();
    if (!this.#options.usage || this.#usage === undefined) return;
    this.#queue.add("stderr", `usage: ${usageText(this.#usage)}\n`);
  }

  #reason(delta: string): void {
    const shown = stripControl(this.#joiner.add(delta));
    if (shown === "") return;
    this.#lineOpen = !shown.endsWith("\n");
    this.#queue.add("stderr", this.#dim(shown));
  }

  #remark(kind: "warning" | "note" | "tool", message: string): void {
    this.closeLine();
    if (this.#options.quiet) return;
    const said = `${kind}: ${this.#options.clean(message)}`;
    this.#queue.add("stderr", `${this.#dim(said)}\n`);
  }

  #dim(shown: string): string {
    return this.#options.color ? `\x1b[2m${shown}\x1b[22m` : shown;
  }
}

/** How a call ended, in one line. */
function resultLine(
  { name, result: { output, error } }: StreamEvent & { type: "tool_result" },
): string {
  const [first = "", ...more] = output.trimEnd().split("\n");
  const cut = first.length > SHOWN_LENGTH
    ? `${first.slice(0, SHOWN_LENGTH)}…`
    : first;
  const rest = more.length === 0
    ? ""
    : ` (and ${more.length} more ${more.length === 1 ? "line" : "lines"})`;
  return `${name} ${error ? "failed" : "brought"}: ${cut}${rest}`;
}

/** Token counts in one line; what the server did not tell is left out. */
export function usageText(usage: Usage): string {
  const counts = [
    part(usage.inputTokens, "input", usage.cachedInputTokens, "cached"),
    part(usage.outputTokens, "output", usage.reasoningTokens, "reasoning"),
    part(usage.totalTokens, "total", undefined, ""),
  ].filter((count) => count !== "");
  return counts.length === 0 ? "not told" : counts.join(", ");
}

function part(
  count: number | undefined,
  name: string,
  share: number | undefined,
  shareName: string,
): string {
  if (count === undefined) return "";
  return `${count} ${name}${
    share === undefined ? "" : ` (${share} ${shareName})`
  }`;
}
