import type { Scenario } from "./scenario.ts";
import { BATCH } from "./scenarios/batch.ts";
import { ENDS } from "./scenarios/ends.ts";
import { FAILED } from "./scenarios/failed.ts";
import { FRAMING } from "./scenarios/framing.ts";
import { HTTP } from "./scenarios/http.ts";
import { MEMORY } from "./scenarios/memory.ts";
import { PLAIN } from "./scenarios/plain.ts";
import { RICH } from "./scenarios/rich.ts";
import { SCHEMA } from "./scenarios/schema.ts";
import { SIZE_EXAMPLES, sizeScenario } from "./scenarios/size.ts";
import { HOSTILE_SCENARIOS, TIMING } from "./scenarios/timing.ts";
import { TOOLS } from "./scenarios/tools.ts";

/** Every scenario by name; the parametric ones are here as examples. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...PLAIN,
  ...FRAMING,
  ...ENDS,
  ...FAILED,
  ...HTTP,
  ...TIMING,
  ...HOSTILE_SCENARIOS,
  ...MEMORY,
  ...RICH,
  ...TOOLS,
  ...SCHEMA,
  ...BATCH,
  ...Object.fromEntries(SIZE_EXAMPLES.flatMap((name) => {
    const scenario = sizeScenario(name);
    return scenario === undefined ? [] : [[name, scenario]];
  })),
};

/** Finds a scenario, also `deltas:N:LEN[:each]` and `megabytes:N[:each]` with any numbers. */
export function findScenario(name: string): Scenario | undefined {
  return Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : sizeScenario(name);
}

/** Finds a scenario or says that a test asked for one that does not exist. */
export function mustFind(name: string): Scenario {
  const found = findScenario(name);
  if (found === undefined) throw new RangeError(`Unknown scenario "${name}"`);
  return found;
}
