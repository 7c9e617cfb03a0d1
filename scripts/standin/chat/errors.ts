import { json, type Reply } from "../scenario.ts";
import type { ChatFailure, ChatModel, Profile } from "./profile.ts";

/** An error as OpenAI writes it, which most servers copy. */
export function openaiError(failure: ChatFailure): Record<string, unknown> {
  const { message, code = null, param = null } = failure;
  return { error: { message, type: typeOf(failure), param, code } };
}

/** OpenAI's word for the class of a failure. */
export function typeOf({ status, code }: ChatFailure): string {
  if (code === "insufficient_quota") return code;
  if (status === 429) return "requests";
  if (status >= 500) return "server_error";
  return "invalid_request_error";
}

/** Whether a model is on a family's list as one that reasons. */
export function reasons({ models }: Profile, model: unknown): boolean {
  return models.some((known) => known.id === model && known.reasons);
}

/** A failure with its status, in a family's own words. */
export function failed(
  profile: Profile,
  failure: ChatFailure,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return json(failure.status, profile.errorBody(failure), headers);
}

/** A list of models as OpenAI writes it. */
export function modelList(
  models: readonly ChatModel[],
  { created, owner }: { readonly created: number; readonly owner: string },
): Record<string, unknown> {
  const data = models.map(({ id }) => ({
    id,
    object: "model",
    created,
    owned_by: owner,
  }));
  return { object: "list", data };
}
