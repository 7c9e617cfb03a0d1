import { json, type Reply } from "../scenario.ts";
import { failed } from "./errors.ts";
import type { Profile } from "./profile.ts";

/** When the models of the lists were made, in seconds. */
const CREATED = 1_790_000_000;

/** What `/models` can do when it is asked. */
export const CHAT_MODELS_OUTCOMES = {
  list: (profile: Profile, window?: number): Reply =>
    json(200, profile.list(CREATED, window)),
  empty: (): Reply => json(200, { object: "list", data: [] }),
  // A local server without a model may have null for its list.
  null: (): Reply => json(200, { object: "list", data: null }),
  unauthorized: (profile: Profile): Reply => profile.unauthorized("sk-other"),
  forbidden: (profile: Profile): Reply =>
    failed(profile, {
      status: 403,
      message: "Missing scopes: api.model.read",
    }),
  // Gateways pass answers on and have no list of their own.
  absent: (): Reply => ({
    status: 404,
    headers: { "content-type": "text/plain" },
    body: "404 page not found",
  }),
  serverError: (profile: Profile): Reply =>
    failed(profile, { status: 500, message: "The server had an error." }),
  page: (): Reply => ({
    headers: { "content-type": "text/html; charset=utf-8" },
    body: "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>",
  }),
  odd: (): Reply => json(200, { models: "many" }),
  hang: (): Reply => ({ body: "", silent: true }),
  drop: (): Reply => ({
    headers: { "content-type": "application/json" },
    body: ["reset"],
  }),
} as const satisfies Readonly<Record<string, Outcome>>;

type Outcome = (profile: Profile, window?: number) => Reply;

/** The answer of `/models` for an outcome; Infinity is the room that the family's models usually have. */
export function modelsReply(
  outcome: string,
  profile: Profile,
  window: number,
): Reply {
  const entries: Readonly<Record<string, Outcome>> = CHAT_MODELS_OUTCOMES;
  const answer = entries[outcome] ?? CHAT_MODELS_OUTCOMES.list;
  return window === Infinity ? answer(profile) : answer(profile, window);
}
