import type { Play } from "./scenario.ts";

/** Tells whether a model's requests are counted, because it has little room. */
export function isSmall(model: unknown): boolean {
  return String(model).startsWith("standin-");
}

/** The scenario for a request that its model has no room for. */
export function exceeding(
  { model, tokens = 0 }: Play,
  window: number,
): string | undefined {
  if (tokens <= window) return undefined;
  return model.endsWith("-400")
    ? "http_400_context_length_exceeded"
    : "failed_context_length_exceeded";
}
