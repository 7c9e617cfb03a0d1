import type { ChatScenario } from "./scenario.ts";
import { CHAT_BATCH } from "./scenarios/batch.ts";
import { CHAT_CALLS } from "./scenarios/calls.ts";
import { CHAT_CUTS } from "./scenarios/cuts.ts";
import { CHAT_ENDS } from "./scenarios/ends.ts";
import { CHAT_ERRORS } from "./scenarios/errors.ts";
import { CHAT_FRAMING } from "./scenarios/framing.ts";
import { CHAT_HTTP } from "./scenarios/http.ts";
import { CHAT_LIMITS } from "./scenarios/limits.ts";
import { CHAT_MEMORY } from "./scenarios/memory.ts";
import { CHAT_PLAIN } from "./scenarios/plain.ts";
import { CHAT_SCHEMA } from "./scenarios/schema.ts";
import { CHAT_SIZE_EXAMPLES, chatSizeScenario } from "./scenarios/size.ts";
import { CHAT_STREAM_OPTIONS } from "./scenarios/stream_options.ts";
import { CHAT_TIMING } from "./scenarios/timing.ts";
import { CHAT_TOOLS } from "./scenarios/tools.ts";
import { CHAT_USAGE } from "./scenarios/usage.ts";
import { CHAT_WHOLE } from "./scenarios/whole.ts";

/** Every scenario by name; the parametric ones are here as examples. */
export const CHAT_SCENARIOS: Readonly<Record<string, ChatScenario>> = {
  ...CHAT_PLAIN,
  ...CHAT_USAGE,
  ...CHAT_CALLS,
  ...CHAT_ENDS,
  ...CHAT_FRAMING,
  ...CHAT_CUTS,
  ...CHAT_STREAM_OPTIONS,
  ...CHAT_ERRORS,
  ...CHAT_HTTP,
  ...CHAT_LIMITS,
  ...CHAT_WHOLE,
  ...CHAT_TIMING,
  ...CHAT_MEMORY,
  ...CHAT_TOOLS,
  ...CHAT_SCHEMA,
  ...CHAT_BATCH,
  ...Object.fromEntries(CHAT_SIZE_EXAMPLES.flatMap((name) => {
    const scenario = chatSizeScenario(name);
    return scenario === undefined ? [] : [[name, scenario]];
  })),
};

/** Finds a scenario, also `deltas:N:LEN[:each]` and `megabytes:N[:each]` with any numbers. */
export function findChatScenario(name: string): ChatScenario | undefined {
  return Object.hasOwn(CHAT_SCENARIOS, name)
    ? CHAT_SCENARIOS[name]
    : chatSizeScenario(name);
}

/** Finds a scenario or says that a test asked for one that does not exist. */
export function mustFindChat(name: string): ChatScenario {
  const found = findChatScenario(name);
  if (found === undefined) throw new RangeError(`Unknown scenario "${name}"`);
  return found;
}
