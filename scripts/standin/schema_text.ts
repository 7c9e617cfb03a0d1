import type { Entry } from "./history.ts";
import type { Body } from "./json_object.ts";
import { misfit, sample } from "./sample.ts";

/** What the text of an answer depends on. */
interface Asked {
  readonly shape: Body | undefined;
  history(): readonly Entry[];
}

/** An answer to a request with a schema, right or wrong. */
export function schemaText(
  { shape, history }: Asked,
  how: "fits" | "repair" | "never" | "not_json",
): string {
  if (shape === undefined) return "No schema was asked for.";
  if (how === "not_json") return "Sure! Here is your JSON: {";
  const wrong = JSON.stringify(misfit(shape));
  const again = history().some(({ kind, text }) =>
    kind === "assistant" && text.includes(wrong)
  );
  const right = how === "fits" || how === "repair" && again;
  return right ? JSON.stringify(sample(shape)) : wrong;
}
