import type { Turn } from "../message.ts";

/** Who answers a turn. */
export interface Answerer {
  readonly provider: { readonly value: string };
  readonly baseUrl: { readonly value: URL };
}

/** What is the same for all that shapes the answer to a turn: for the same question to the same model, in any run. */
export function answerShape(
  turn: Turn,
  { provider, baseUrl }: Answerer,
): string {
  return JSON.stringify([
    provider.value,
    baseUrl.value.href,
    turn.model,
    turn.effort,
    turn.effortChosen,
    turn.instructions,
    turn.items,
    turn.schema ?? null,
    turn.maxTokens ?? null,
    turn.temperature ?? null,
  ]);
}
