// deno-lint-ignore-file camelcase -- names are the server's
import { notSupported, requiresNewer } from "./refusals.ts";
import { json, type Reply } from "./scenario.ts";

/** An entry of the catalogue; the fields that the stand-in itself reads are named. */
export interface Model {
  readonly slug: string;
  readonly display_name: string;
  readonly minimal_client_version: string;
  readonly use_responses_lite: boolean;
  readonly [field: string]: unknown;
}

/** Begins every model's instructions, so that a test can look for it where it should not be. */
export const INSTRUCTIONS_MARK = "Base instructions that no client has to keep";

/** The instructions of every model: 20 KB, as long as the real ones. */
const BASE_INSTRUCTIONS = `${INSTRUCTIONS_MARK}. `.padEnd(
  20_480,
  "You are a model of the stand-in, and this sentence comes again and again. ",
);

const LEVELS: Readonly<Record<string, string>> = {
  none: "No reasoning",
  minimal: "Almost no reasoning",
  low: "Fast responses with lighter reasoning",
  medium: "Balances speed and depth",
  high: "Greater depth for complex problems",
  xhigh: "Extra high depth",
  max: "As deep as it goes",
  ultra: "As deep as it goes, with helpers",
};

/**
 * The catalogue, invented but shaped like the real one (reference, section 9).
 *
 * `supported_in_api` tells about API keys: a model without it is still there for who signed in with ChatGPT. Two models
 * map `ultra` to different efforts, so that a client which does not read the map shows.
 */
export const MODELS: readonly Model[] = [
  model("gpt-5", "GPT-5", "0.100.0", {
    efforts: ["minimal", "low", "medium", "high"],
    priority: 4,
  }),
  model("gpt-5.5", "GPT-5.5", "0.100.0", {
    efforts: ["low", "medium", "high", "xhigh"],
    priority: 2,
    upgrade: { model: "gpt-6.1-sol", migration_markdown: "Try the new one." },
  }),
  model("gpt-6.1-sol", "GPT-6.1 Sol", "0.155.0", {
    efforts: ["low", "medium", "high", "xhigh", "max", "ultra"],
    priority: 0,
    default_reasoning_level: "low",
    use_responses_lite: true,
    multi_agent_reasoning_effort: "xhigh",
    context_window: 372_000,
    max_context_window: 1_000_000,
  }),
  model("gpt-6-astra", "GPT-6 Astra", "0.153.0", {
    efforts: ["medium", "high", "max", "ultra"],
    priority: 1,
    default_reasoning_level: "high",
    use_responses_lite: true,
    multi_agent_reasoning_effort: "max",
  }),
  model("gpt-6-luna", "GPT-6 Luna", "0.155.0", {
    efforts: ["none", "low", "medium"],
    priority: 3,
    use_responses_lite: true,
    context_window: 128_000,
    max_context_window: 128_000,
  }),
  model("gpt-5.4-spark", "GPT-5.4 Spark", "0.143.0", {
    efforts: ["low", "medium"],
    priority: 6,
    supported_in_api: false,
    input_modalities: ["text"],
  }),
  model("gpt-5-hidden", "GPT-5 Hidden", "0.100.0", {
    efforts: ["medium"],
    priority: 9,
    visibility: "hide",
  }),
  model("gpt-7-preview", "GPT-7 Preview", "0.180.0", {
    efforts: ["medium", "high"],
    priority: 5,
  }),
];

/**
 * The same list with models that have little room: requests to those are counted, and refused when they are too big. Put
 * them on the list with `useModels(SMALL_MODELS)`; any other slug that begins with `standin-` is treated the same.
 */
export const SMALL_MODELS: readonly Model[] = [
  ...MODELS,
  // Refused in the stream, as the service does.
  small("standin-small", "Small"),
  // Refused with status 400.
  small("standin-small-400", "Small, plain"),
  small("standin-small-lite", "Small and lite", { use_responses_lite: true }),
];

/** Models that are refused, each in one of the three reported ways. */
export const REFUSED_MODELS: Readonly<
  Record<string, (model: string) => Reply>
> = {
  "no-such-model": (slug) => json(400, notSupported(slug)),
  "gpt-5.3-codex": (slug) => json(400, notSupported(slug)),
  "gpt-5.2": (slug) => json(400, notSupported(slug)),
  "gpt-7-preview": (slug) => json(400, requiresNewer(slug)),
  "gpt-5.6-luna": (slug) => ({
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `Model not found ${slug}`,
  }),
};

function small(
  slug: string,
  name: string,
  options: Record<string, unknown> = {},
): Model {
  return model(slug, name, "0.100.0", {
    efforts: ["low", "medium", "high"],
    priority: 7,
    context_window: 2000,
    max_context_window: 2000,
    ...options,
  });
}

function model(
  slug: string,
  display_name: string,
  minimal_client_version: string,
  options:
    & { efforts: readonly string[]; priority: number }
    & Record<string, unknown>,
): Model {
  const { efforts, priority, ...rest } = options;
  return {
    slug,
    display_name,
    description: `${display_name}, as the stand-in has it.`,
    default_reasoning_level: efforts.includes("medium") ? "medium" : efforts[0],
    supported_reasoning_levels: efforts.map((effort) => ({
      effort,
      description: LEVELS[effort],
    })),
    default_reasoning_summary: "none",
    visibility: "list",
    supported_in_api: true,
    priority,
    support_verbosity: true,
    default_verbosity: "low",
    service_tiers: [{
      id: "priority",
      name: "Fast",
      description: "1.5x the speed, more usage",
    }],
    default_service_tier: null,
    context_window: 272_000,
    max_context_window: 272_000,
    effective_context_window_percent: 95,
    input_modalities: ["text", "image"],
    use_responses_lite: false,
    apply_patch_tool_type: "freeform",
    web_search_tool_type: "text_and_image",
    upgrade: null,
    tool_mode: "direct",
    base_instructions: BASE_INSTRUCTIONS,
    model_messages: { instructions_template: null, personality: null },
    minimal_client_version,
    prefer_websockets: false,
    ...rest,
  };
}
