import {
  type Limits,
  type LimitWindow,
  type Usage,
  windowName,
} from "../event.ts";
import type { Host } from "../host.ts";
import { formatDuration } from "../http/backoff.ts";

/** What became of a record, as far as it is counted. */
export interface Counted {
  readonly status: "completed" | "incomplete" | "failed";
  /** An earlier run has got the answer. */
  readonly kept: boolean;
  readonly usage: Usage | undefined;
  /** Of the record, in bytes of input. */
  readonly size: number;
}

/** How a batch stands, in numbers and in words. */
export class Tally {
  readonly #host: Pick<Host, "elapsed">;
  readonly #startedAt: number;
  /** Bytes of input, where that can be known. */
  total: number | undefined;
  limits: Limits | undefined;
  completed = 0;
  incomplete = 0;
  failed = 0;
  kept = 0;
  tokens = 0;
  #size = 0;

  constructor(host: Pick<Host, "elapsed">) {
    this.#host = host;
    this.#startedAt = host.elapsed();
  }

  /** All that are finished. */
  get done(): number {
    return this.completed + this.incomplete + this.failed;
  }

  add({ status, kept, usage, size }: Counted): void {
    this[status]++;
    this.#size += size;
    if (kept) this.kept++;
    else this.tokens += tokensOf(usage);
  }

  /** A line for while it goes on, or waits for so many milliseconds; a narrow screen cuts what counts least. */
  progress(waitMs: number): string {
    const failed = this.failed + this.incomplete;
    const left = this.#timeLeft();
    return [
      `${count(this.done)} done`,
      ...(failed === 0 ? [] : [`${count(failed)} failed`]),
      ...(waitMs > 0
        ? [`going on in ${formatDuration(waitMs)}`]
        : left === undefined
        ? []
        : [`${formatDuration(left)} left`]),
      ...windows(this.limits),
      ...(this.tokens === 0 ? [] : [`${short(this.tokens)} tokens`]),
    ].join(" · ");
  }

  /** A sentence for its end. */
  summary(): string {
    const ms = this.#host.elapsed() - this.#startedAt;
    const kept = this.kept === 0
      ? ""
      : ` (${count(this.kept)} of them by an earlier run)`;
    return [
      `${count(this.completed)} answered${kept}`,
      ...(this.incomplete === 0 ? [] : [`${count(this.incomplete)} cut short`]),
      ...(this.failed === 0 ? [] : [`${count(this.failed)} failed`]),
      ...(this.tokens === 0 ? [] : [`${count(this.tokens)} tokens`]),
      formatDuration(ms),
    ].join(", ");
  }

  /** At the pace of those that were not kept, which take no time. */
  #timeLeft(): number | undefined {
    const asked = this.done - this.kept;
    if (this.total === undefined || asked === 0) return undefined;
    const left = Math.max(0, this.total - this.#size) /
      (this.#size / this.done);
    return left * (this.#host.elapsed() - this.#startedAt) / asked;
  }
}

function tokensOf(usage: Usage | undefined): number {
  const { totalTokens, inputTokens = 0, outputTokens = 0 } = usage ?? {};
  return totalTokens ?? inputTokens + outputTokens;
}

function windows(limits: Limits | undefined): readonly string[] {
  return [limits?.primary, limits?.secondary].flatMap((window) =>
    window === undefined ? [] : [windowText(window)]
  );
}

function windowText({ usedPercent, windowMinutes }: LimitWindow): string {
  const name = windowMinutes === undefined
    ? "limit"
    : windowName(windowMinutes);
  return `${name} ${Math.round(usedPercent)}%`;
}

function count(number: number): string {
  return number.toLocaleString("en");
}

/**
 * A number in at most five characters.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual([999, 1500, 12_345_678].map(short), ["999", "1.5k", "12.3M"]);
 * ```
 */
export function short(number: number): string {
  if (number < 1_000) return `${number}`;
  const [size, unit] = number < 999_950 ? [1_000, "k"] : [1_000_000, "M"];
  return `${(number / size).toFixed(1)}${unit}`;
}
