// deno-lint-ignore-file camelcase -- names are the server's
import { notSupported, requiresNewer } from "./refusals.ts";
import { json, type Reply } from "./scenario.ts";

interface Model {
  readonly slug: string;
  readonly display_name: string;
  readonly minimal_client_version: string;
  readonly [field: string]: unknown;
}

const LEVELS: Readonly<Record<string, string>> = {
  none: "No reasoning",
  minimal: "Almost no reasoning",
  low: "Fast responses with lighter reasoning",
  medium: "Balances speed and depth",
  high: "Greater depth for complex problems",
  xhigh: "Extra high depth",
  max: "As deep as it goes",
};

/** The catalogue, invented but shaped like the real one (reference, section 9). */
export const MODELS: readonly Model[] = [
  model("gpt-5", "GPT-5", "0.100.0", {
    efforts: ["minimal", "low", "medium", "high"],
    priority: 2,
  }),
  model("gpt-5.5", "GPT-5.5", "0.100.0", {
    efforts: ["low", "medium", "high", "xhigh"],
    priority: 1,
  }),
  model("gpt-6.1-sol", "GPT-6.1 Sol", "0.155.0", {
    efforts: ["low", "medium", "high", "xhigh", "max"],
    priority: 0,
    use_responses_lite: true,
    multi_agent_reasoning_effort: "xhigh",
  }),
  model("gpt-6-luna", "GPT-6 Luna", "0.155.0", {
    efforts: ["none", "low", "medium"],
    priority: 3,
    use_responses_lite: true,
  }),
  model("gpt-5-hidden", "GPT-5 Hidden", "0.100.0", {
    efforts: ["medium"],
    priority: 9,
    visibility: "hide",
  }),
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

/** The models a client of this version may see; undefined for a version that is missing or cannot be read. */
export function catalogue(clientVersion: string | null): Model[] | undefined {
  const version = numbers(clientVersion ?? "");
  if (version === undefined) return undefined;
  return MODELS.filter((entry) =>
    atLeast(version, numbers(entry.minimal_client_version) ?? [])
  );
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
    base_instructions: "You are a model of the stand-in.",
    minimal_client_version,
    prefer_websockets: false,
    ...rest,
  };
}

function numbers(version: string): number[] | undefined {
  return /^\d{1,6}\.\d{1,6}\.\d{1,6}$/.test(version)
    ? version.split(".").map(Number)
    : undefined;
}

function atLeast(
  version: readonly number[],
  minimum: readonly number[],
): boolean {
  for (const [n, wanted] of minimum.entries()) {
    const has = version[n] ?? 0;
    if (has !== wanted) return has > wanted;
  }
  return true;
}
