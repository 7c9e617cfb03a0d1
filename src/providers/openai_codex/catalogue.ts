import { MekaError } from "../../errors.ts";
import type { Catalogue, ModelInfo } from "../../message.ts";
import type { Question } from "../provider.ts";
import { CLIENT_VERSION, endpoint, identify } from "./headers.ts";
import { number, object, parseObject, text } from "./wire.ts";

/** More than any account has; what is beyond is not looked at. */
const MOST_MODELS = 1000;

/** `GET /backend-api/codex/models` (reference 9). */
export const catalogue: Question<Catalogue> = {
  name: "the list of models",
  encode: (access) => {
    const url = endpoint(access.baseUrl, "codex/models");
    url.searchParams.set("client_version", CLIENT_VERSION);
    const headers = identify(access);
    headers.set("accept", "application/json");
    const { signal } = access;
    return new Request(url, { headers, redirect: "manual", signal });
  },
  read: (body, headers) => {
    const models = parseObject(body)?.models;
    if (!Array.isArray(models)) {
      throw new MekaError("network", "The list of models cannot be read");
    }
    return {
      models: inOrder(models.slice(0, MOST_MODELS)),
      etag: headers.get("etag") ?? undefined,
    };
  },
};

/** Each model once, those with the lowest `priority` first. */
function inOrder(list: readonly unknown[]): readonly ModelInfo[] {
  const ranks = new Map<string, { model: ModelInfo; rank: number }>();
  for (const value of list) {
    const model = readModel(value);
    if (model === undefined || ranks.has(model.id)) continue;
    const rank = number(object(value)?.priority) ?? Infinity;
    ranks.set(model.id, { model, rank });
  }
  return [...ranks.values()]
    .sort((a, b) => a.rank === b.rank ? 0 : a.rank - b.rank)
    .map(({ model }) => model);
}

/** Undefined for an entry without a name that could be passed as an argument. */
function readModel(value: unknown): ModelInfo | undefined {
  const model = object(value) ?? {};
  const id = text(model.slug);
  if (id === undefined || !/^[^\s\p{C}]+$/u.test(id)) return undefined;
  return {
    id,
    name: text(model.display_name) ?? id,
    efforts: list(model.supported_reasoning_levels)
      .flatMap((level) => text(object(level)?.effort) ?? text(level) ?? []),
    defaultEffort: text(model.default_reasoning_level),
    ultraEffort: text(model.multi_agent_reasoning_effort),
    contextWindow: count(model.context_window),
    modalities: list(model.input_modalities).flatMap((word) =>
      text(word) ?? []
    ),
    lite: model.use_responses_lite === true,
    listed: model.visibility !== "hide",
  };
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? number(value) : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
