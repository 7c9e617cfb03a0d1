import { MekaError } from "../../errors.ts";
import type { Catalogue, ModelInfo } from "../../message.ts";
import type { Question } from "../provider.ts";
import { endpoint, identify } from "./address.ts";
import { number, object, parseObject, text } from "./wire.ts";

/** `GET {base_url}/models`. Beside a name each server tells what it likes, and most tell nothing. */
export const catalogue: Question<Catalogue> = {
  name: "the list of models",
  encode: (access) => {
    const headers = identify(access);
    headers.set("accept", "application/json");
    const { signal } = access;
    const url = endpoint(access.baseUrl, "models");
    return new Request(url, { headers, redirect: "manual", signal });
  },
  read: (body, headers) => {
    const told = parseObject(body);
    const list = told?.data ?? told?.models;
    // Ollama without a model has `null` in its place.
    if (!Array.isArray(list) && !(told !== undefined && list === null)) {
      throw new MekaError("network", "The list of models cannot be read", {
        hint: "Check the base URL",
      });
    }
    const models = Array.isArray(list) ? list : [];
    return {
      models: models.flatMap((model) => readModel(model) ?? []),
      etag: headers.get("etag") ?? undefined,
    };
  },
};

function readModel(value: unknown): ModelInfo | undefined {
  const model = object(value) ?? {};
  const id = text(model.id) ?? text(model.name);
  if (id === undefined || id === "") return undefined;
  return {
    id,
    name: text(model.name) ?? id,
    efforts: [],
    defaultEffort: undefined,
    ultraEffort: undefined,
    contextWindow: contextWindow(model),
    modalities: words(object(model.architecture)?.input_modalities),
    lite: false,
    listed: true,
  };
}

/** OpenRouter, vLLM, Mistral, LM Studio and llama.cpp, in this order. */
function contextWindow(
  model: Readonly<Record<string, unknown>>,
): number | undefined {
  return number(model.context_length) ?? number(model.max_model_len) ??
    number(model.max_context_length) ?? number(model.context_window) ??
    number(object(model.meta)?.n_ctx_train);
}

function words(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((word) => text(word) ?? []) : [];
}
