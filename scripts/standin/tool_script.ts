import type { MadeCall } from "./history.ts";

/** A call as a script has it. */
export interface ScriptedCall {
  /** The first tool offered when absent. */
  readonly name?: string;
  /** JSON, or what passes for it. */
  readonly arguments: string;
}

/** What one answer of a script has. */
export interface Round {
  /** The text before the calls. */
  readonly text?: string;
  /** Thoughts of its own instead of the ordinary ones. */
  readonly reasoning?: readonly string[];
  readonly calls: readonly ScriptedCall[];
}

/** A model that calls tools in rounds until there is none left, and then tells what they brought. */
export interface ToolScript {
  readonly what: string;
  /** The calls of a round, from 0. */
  readonly round: (n: number) => Round | undefined;
}

/** The next calls of a script, or nothing when all have been made. */
export function nextRound(
  round: ToolScript["round"],
  { made, parallel }: {
    /** How many calls of this turn have their results. */
    readonly made: number;
    readonly parallel: boolean;
  },
): Round | undefined {
  let before = 0;
  for (let n = 0;; n++) {
    const whole = round(n);
    if (whole === undefined) return undefined;
    const parts = parallel ? [whole] : whole.calls.map((call, at) => ({
      ...(at === 0 ? whole : {}),
      calls: [call],
    }));
    for (const part of parts) {
      if (before >= made) return part;
      before += part.calls.length;
    }
  }
}

/** What is said when all calls were made: each result as it came. */
export function resultsText(made: readonly MadeCall[]): string {
  if (made.length === 0) return "No call was asked for.";
  return made.map(({ name, output }) => `result of ${name}: ${output}`)
    .join("\n");
}
