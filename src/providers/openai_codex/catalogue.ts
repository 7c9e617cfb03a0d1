import { MekaError } from "../../errors.ts";
import type { Catalogue, ModelInfo } from "../../message.ts";
import type { Question } from "../provider.ts";
import { CLIENT_VERSION, endpoint, identify } from "./headers.ts";
import { number, object, parseObject, text } from "./wire.ts";

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
      models: models.map((model) => ({
        model: readModel(model),
        rank: rank(model),
      }))
        .filter(isModel)
        .sort((a, b) => a.rank - b.rank)
        .map(({ model }) => model),
      etag: headers.get("etag") ?? undefined,
    };
  },
};

interface Ranked<T> {
  readonly model: T;
  /** Lower comes first. */
  readonly rank: number;
}

function isModel(
  ranked: Ranked<ModelInfo | undefined>,
): ranked is Ranked<ModelInfo> {
  return ranked.model !== undefined;
}

function rank(value: unknown): number {
  return number(object(value)?.priority) ?? Infinity;
}

/** Undefined for an entry without a name, or one that this way of access does not have. */
function readModel(value: unknown): ModelInfo | undefined {
  const model = object(value) ?? {};
  const id = text(model.slug);
  if (id === undefined || id === "") return undefined;
  return {
    id,
    name: text(model.display_name) ?? id,
    efforts: list(model.supported_reasoning_levels)
      .flatMap((level) => text(object(level)?.effort) ?? text(level) ?? []),
    defaultEffort: text(model.default_reasoning_level),
    ultraEffort: text(model.multi_agent_reasoning_effort),
    contextWindow: number(model.context_window),
    modalities: list(model.input_modalities).flatMap((word) =>
      text(word) ?? []
    ),
    lite: model.use_responses_lite === true,
    listed: model.visibility !== "hide",
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
