import type { Scenario } from "./scenario.ts";
import { ENDS } from "./scenarios/ends.ts";
import { FAILED } from "./scenarios/failed.ts";
import { FRAMING } from "./scenarios/framing.ts";
import { HTTP } from "./scenarios/http.ts";
import { PLAIN } from "./scenarios/plain.ts";
import { SIZE_EXAMPLES, sizeScenario } from "./scenarios/size.ts";
import { HOSTILE_SCENARIOS, TIMING } from "./scenarios/timing.ts";

/** Every scenario by name; the parametric ones are here as examples. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...PLAIN,
  ...FRAMING,
  ...ENDS,
  ...FAILED,
  ...HTTP,
  ...TIMING,
  ...HOSTILE_SCENARIOS,
  ...Object.fromEntries(SIZE_EXAMPLES.flatMap((name) => {
    const scenario = sizeScenario(name);
    return scenario === undefined ? [] : [[name, scenario]];
  })),
};

/** Finds a scenario, also `deltas:N:LEN[:each]` and `megabytes:N[:each]` with any numbers. */
export function findScenario(name: string): Scenario | undefined {
  return Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : sizeScenario(name);
}

/** The scenario that a prompt asks for with `[[scenario:NAME]]`. */
export function askedScenario(prompt: string): string | undefined {
  return /\[\[scenario:([^\]]+)\]\]/.exec(prompt)?.[1]?.trim();
}

/** Finds a scenario or says that a test asked for one that does not exist. */
export function mustFind(name: string): Scenario {
  const found = findScenario(name);
  if (found === undefined) throw new RangeError(`Unknown scenario "${name}"`);
  return found;
}
