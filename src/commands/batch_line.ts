import { errorFields, usageFields } from "../render/jsonl.ts";
import { MekaError } from "../errors.ts";
import type { Outcome } from "./batch_answer.ts";
import { type CommandContext, jsonLine } from "./context.ts";

/** A record's line of output: what it carried, how it went, the answer, the tokens, and what went wrong. */
export function batchLine(
  { carried, status, text, usage, error }: Outcome,
  context: CommandContext,
): string {
  return jsonLine({
    ...carried,
    status,
    text,
    usage: usage && usageFields(usage),
    error: error && errorFields(cleaned(error, context)),
  }, context);
}

function cleaned(
  { kind, message, hint, retryAt, exit }: MekaError,
  { clean }: CommandContext,
): MekaError {
  return new MekaError(kind, clean(message), {
    hint: hint === undefined ? undefined : clean(hint),
    retryAt,
    exit,
  });
}
