import { startChatStandin } from "../../../scripts/standin/chat/mod.ts";
import {
  CHAT_PROFILES,
  isProfileName,
  type ProfileName,
} from "../../../scripts/standin/chat/profiles.ts";
import type { ChatStandin } from "../../../scripts/standin/chat/types.ts";
import { PROMPT } from "../../../scripts/standin/scenario.ts";

/** Every family. */
export const PROFILES: readonly ProfileName[] = Object.keys(CHAT_PROFILES)
  .filter(isProfileName);

/** How a request differs from a right one. */
export interface ChatDeviation {
  readonly prompt?: string;
  /** Fields of the body; undefined takes one out. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** The path after the base URL. */
  readonly path?: string;
  /** The whole body instead of JSON. */
  readonly text?: string;
  readonly signal?: AbortSignal;
}

/** The body of a right request for a stream. */
export function rightChatBody(
  standin: ChatStandin,
  { prompt = PROMPT, body = {} }: ChatDeviation = {},
): Record<string, unknown> {
  return {
    model: standin.model,
    messages: [{ role: "user", content: prompt }],
    stream: true,
    ["stream_options"]: { ["include_usage"]: true },
    ...body,
  };
}

/** Fields that ask for one plain JSON answer. */
export const WHOLE = { stream: false, ["stream_options"]: undefined };

/** Asks for an answer. */
export function askChat(
  standin: ChatStandin,
  deviation: ChatDeviation = {},
): Promise<Response> {
  const path = deviation.path ?? "/chat/completions";
  const text = deviation.text ??
    JSON.stringify(rightChatBody(standin, deviation));
  const headers = {
    "accept": deviation.body?.["stream"] === false
      ? "application/json"
      : "text/event-stream",
    "content-type": "application/json",
    ...deviation.headers,
  };
  return send(standin, path, { ...deviation, method: "POST", text, headers });
}

/** Asks for the list of models. */
export function askModels(
  standin: ChatStandin,
  deviation: Omit<ChatDeviation, "text"> = {},
): Promise<Response> {
  return send(standin, deviation.path ?? "/models", deviation);
}

/** The violations of the last request. */
export function lastChatViolations(standin: ChatStandin): readonly string[] {
  return standin.requests.at(-1)?.violations ?? [];
}

/** A stand-in of the family that a table's row is about. */
export function standinOf(
  profile: ProfileName,
  key?: string,
): Promise<ChatStandin> {
  return startChatStandin({ profile, ...(key === undefined ? {} : { key }) });
}

function send(
  standin: ChatStandin,
  path: string,
  { method = "GET", headers: changes = {}, text, signal }: ChatDeviation & {
    readonly method?: string;
  },
): Promise<Response> {
  const headers = new Headers({ "user-agent": "meka_cli/0.1.0" });
  if (standin.key !== undefined) {
    headers.set("authorization", `Bearer ${standin.key}`);
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return fetch(`${standin.baseUrl.href}${path}`, {
    method,
    redirect: "manual",
    headers,
    ...(text === undefined ? {} : { body: text }),
    ...(signal === undefined ? {} : { signal }),
  });
}
