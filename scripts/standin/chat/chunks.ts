// deno-lint-ignore-file camelcase -- names are the server's
import type { ChatPlay } from "./scenario.ts";

/** A JSON object on the wire. */
export type Json = Readonly<Record<string, unknown>>;

/** One message of a stream: an event with data, or lines that are sent as they are. */
export type Message =
  | { readonly event?: string; readonly data: Json | string }
  | { readonly raw: string };

/** Token counts as the wire has them; null for a `usage` that is null. */
export type Usage = Json | null;

/** The usage of an ordinary answer. */
export const USAGE: Json = {
  prompt_tokens: 640,
  completion_tokens: 37,
  total_tokens: 677,
  prompt_tokens_details: { cached_tokens: 512 },
  completion_tokens_details: { reasoning_tokens: 21 },
};

/** The last word of most streams. */
export const DONE: Message = { data: "[DONE]" };

/** What a chunk may have besides its delta. */
export interface ChunkOptions {
  /** null while the answer goes on. */
  readonly finish?: string | null;
  readonly choice?: Json;
  readonly top?: Json;
}

/** A chunk with one choice. */
export function chunk(
  play: ChatPlay,
  delta: Json,
  options: ChunkOptions = {},
): Message {
  const { finish = null, choice, top } = options;
  const choices = [{
    index: 0,
    delta,
    ...play.profile.dialect.choice,
    finish_reason: finish,
    ...choice,
  }];
  return { data: { ...envelope(play), choices, ...nullUsage(play), ...top } };
}

/** What comes before the first word. */
export function opening(play: ChatPlay): Message[] {
  const { keepAlive, opening } = play.profile.dialect;
  return [
    ...(keepAlive === undefined ? [] : [{ raw: `${keepAlive}\n\n` }]),
    ...(opening === undefined ? [] : [chunk(play, opening)]),
  ];
}

/** One chunk for each piece of the text. */
export function texts(play: ChatPlay, pieces: readonly string[]): Message[] {
  const { delta } = play.profile.dialect;
  return pieces.map((content) => chunk(play, { ...delta, content }));
}

/** One chunk for each piece of the reasoning, under the name the family has for it. */
export function reasonings(
  play: ChatPlay,
  pieces: readonly string[],
  name: string = play.profile.dialect.reasoning,
): Message[] {
  const { delta } = play.profile.dialect;
  return pieces.map((text) => chunk(play, { ...delta, [name]: text }));
}

/** The chunk with the reason for the end. */
export function finishing(play: ChatPlay, reason: string | null): Message {
  const { finish, finishChoice } = play.profile.dialect;
  const choice = finishChoice?.(reason) ?? {};
  return chunk(play, finish, { finish: reason, choice });
}

/** The chunk with the usage, where the request or the family wants one. */
export function usageChunks(
  play: ChatPlay,
  usage: Usage = USAGE,
): Message[] {
  const { dialect } = play.profile;
  if (!play.wantsUsage && dialect.usage === "asked") return [];
  const counts = usage && { ...usage, ...dialect.usageExtras };
  const choices = dialect.usageWithChoice
    ? [{ index: 0, delta: dialect.finish, finish_reason: null }]
    : [];
  return [{ data: { ...envelope(play), choices, usage: counts } }];
}

/** An error in the middle of a stream, the way the family writes it. */
export function errorMessages(
  play: ChatPlay,
  failure: Parameters<ChatPlay["profile"]["streamError"]>[0],
): Message[] {
  const { data, event, done } = play.profile.streamError(failure, play.model);
  const error = { data: JSON.stringify(data) };
  return [
    event === undefined ? error : { ...error, event },
    ...(done ? [DONE] : []),
  ];
}

/** The fields that all chunks of an answer share. */
export function envelope(play: ChatPlay): Json {
  return {
    id: play.id,
    object: "chat.completion.chunk",
    created: play.createdAt,
    model: play.model,
    ...play.profile.dialect.chunk(play.model),
  };
}

function nullUsage(play: ChatPlay): Json {
  return play.wantsUsage && play.profile.dialect.nullUsage
    ? { usage: null }
    : {};
}
