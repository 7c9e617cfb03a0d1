import type { ModelInfo } from "../../src/message.ts";

/** A model that offers a few efforts. */
export function modelInfo(fields: Partial<ModelInfo> = {}): ModelInfo {
  return {
    id: "gpt-x",
    name: "GPT X",
    efforts: ["low", "medium", "high"],
    defaultEffort: "medium",
    ultraEffort: undefined,
    contextWindow: 272_000,
    modalities: ["text", "image"],
    lite: false,
    listed: true,
    ...fields,
  };
}
