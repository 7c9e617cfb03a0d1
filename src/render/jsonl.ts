// deno-lint-ignore-file camelcase -- names are those of `--json`
import type { MekaError } from "../errors.ts";
import type {
  EventBatch,
  Limits,
  LimitWindow,
  StreamEvent,
  Usage,
} from "../event.ts";
import type { Output } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import { Aside } from "./aside.ts";
import { type Format, OutputQueue, type RenderOptions } from "./format.ts";

/** One JSON object a line on stdout, the last of type "done" or "error"; remarks go to stderr as well. */
export function jsonl(options: RenderOptions): Format {
  const lines = new Lines(options);
  return {
    render: (events) => render(events, lines),
    fail: (error) => lines.fail(error),
  };
}

/** The last line of a run that failed before there was a turn. */
export function errorLine(error: MekaError): string {
  return line({ type: "error", ...errorFields(error) });
}

async function* render(
  events: AsyncIterable<EventBatch>,
  lines: Lines,
): AsyncGenerator<Output, void, undefined> {
  for await (const batch of events) {
    for (const event of batch) lines.show(event);
    yield* lines.take();
  }
  lines.end();
  yield* lines.take();
}

class Lines {
  readonly #options: RenderOptions;
  readonly #queue = new OutputQueue();
  readonly #aside: Aside;
  #text = "";

  constructor(options: RenderOptions) {
    this.#options = options;
    this.#aside = new Aside(options, this.#queue);
  }

  take(): readonly Output[] {
    return this.#queue.take();
  }

  show(event: StreamEvent): void {
    this.#aside.show(event);
    const fields = this.#fields(event);
    if (fields === undefined) return;
    this.#queue.add("stdout", line({ type: event.type, ...fields }));
  }

  end(): void {
    this.#done({ status: "completed", text: this.#text });
  }

  fail(error: MekaError): readonly Output[] {
    if (this.#text === "") {
      this.#queue.add("stdout", errorLine(error));
      this.#aside.end();
    } else {
      const text = this.#text;
      this.#done({ status: "incomplete", text, ...errorFields(error) });
    }
    return this.take();
  }

  #done(fields: Readonly<Record<string, unknown>>): void {
    this.#queue.add("stdout", line({ type: "done", ...fields }));
    this.#aside.end();
  }

  /** What the event's line holds, undefined for an event that has none. */
  #fields(event: StreamEvent): Readonly<Record<string, unknown>> | undefined {
    switch (event.type) {
      case "start": {
        const { provider, model, session } = event;
        return { v: 1, provider, model, session };
      }
      case "text": {
        const delta = this.#clean(event.delta);
        this.#text += delta;
        return { delta };
      }
      case "reasoning":
        return { delta: this.#clean(event.delta) };
      case "tool_call":
        return {
          id: this.#clean(event.id),
          name: this.#clean(event.name),
          arguments: this.#clean(event.arguments),
        };
      case "limits":
        return limitFields(event.limits);
      case "warning":
        return { message: this.#options.clean(event.message) };
      case "finish":
        return event.usage && { type: "usage", ...usageFields(event.usage) };
      case "tool_result": {
        const { id, output, error } = event.result;
        return {
          id: this.#clean(id),
          output: this.#clean(output),
          ...error ? { error } : {},
        };
      }
      case "note":
      case "retry":
      case "replay":
        return undefined;
      default:
        return event satisfies never;
    }
  }

  /** JSON escapes C0 itself; a screen must be kept from the rest, too. */
  #clean(delta: string): string {
    return this.#options.stdoutIsTerminal ? stripControl(delta) : delta;
  }
}

function line(event: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(event)}\n`;
}

/** What is told of a failure. */
export function errorFields(
  error: MekaError,
): Readonly<Record<string, unknown>> {
  const { kind, exit, message, hint, retryAt } = error;
  const retry_at = retryAt && Math.ceil(retryAt / 1000);
  return { code: kind, exit, message, hint, retry_at };
}

function limitFields(limits: Limits): Readonly<Record<string, unknown>> {
  const window = (told: LimitWindow | undefined): unknown =>
    told === undefined ? null : {
      used_percent: told.usedPercent,
      window_minutes: told.windowMinutes,
      resets_at: told.resetsAt,
    };
  return {
    primary: window(limits.primary),
    secondary: window(limits.secondary),
  };
}

/** What is told of the tokens of an answer. */
export function usageFields(usage: Usage): Readonly<Record<string, unknown>> {
  return {
    input_tokens: usage.inputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
    total_tokens: usage.totalTokens,
  };
}
