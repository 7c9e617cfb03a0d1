import { bytes, frameText } from "../../framing.ts";
import { type Expectation, json, type Reply } from "../../scenario.ts";
import {
  bigText,
  BLOCK,
  parseSize,
  type Size,
  SIZE_EXAMPLES,
  sizedDelta,
} from "../../scenarios/size.ts";
import { DONE, finishing, opening, texts, usageChunks } from "../chunks.ts";
import type { Message } from "../chunks.ts";
import type { Profile } from "../profile.ts";
import { wholeAnswer } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";

/** The names that the table shows for the two families of big answers. */
export const CHAT_SIZE_EXAMPLES: typeof SIZE_EXAMPLES = SIZE_EXAMPLES;

/** Reads `deltas:N:LEN` and `megabytes:N`, each with `:each` for one network chunk per delta. */
export function chatSizeScenario(name: string): ChatScenario | undefined {
  const size = parseSize(name);
  if (size === undefined) return undefined;
  return {
    what: `${size.count} deltas of ${size.length} characters${
      size.each ? ", each in a network chunk of its own" : ""
    }`,
    // Made when looked at: a request for the answer does not need it.
    get expect(): Expectation {
      return { stdout: bigText(size), exit: 0, requests: 1 };
    },
    answer: (play): Reply =>
      play.stream
        ? { body: prebuilt(name, size, play.profile), ends: "completed" }
        : {
          ...json(200, wholeAnswer(play, { text: [bigText(size)] })),
          ends: "completed",
        },
  };
}

/** Builds the bytes of a big answer before anybody waits for them. */
export function prepareChatSize(name: string, profile: Profile): void {
  const size = parseSize(name);
  if (size !== undefined) prebuilt(name, size, profile);
}

// A benchmark plays one size many times: the bytes are built once and shared by all answers.
const built = new Map<string, Uint8Array[]>();

function prebuilt(name: string, size: Size, profile: Profile): Uint8Array[] {
  const key = `${profile.what} ${name}`;
  const found = built.get(key);
  if (found !== undefined) return found;
  const parts = build(size, profile);
  if (built.size >= 4) built.delete(built.keys().next().value ?? "");
  built.set(key, parts);
  return parts;
}

function build(size: Size, profile: Profile): Uint8Array[] {
  const play: ChatPlay = { ...NOBODY, profile };
  const parts = opening(play).map((message) => bytes(frame(message)));
  const one = texts(play, [sizedDelta(size)]).map(frame).join("");
  const perBlock = size.each ? 1 : Math.max(1, Math.ceil(BLOCK / one.length));
  const block = bytes(one.repeat(perBlock));
  let left = size.count;
  for (; left >= perBlock; left -= perBlock) parts.push(block);
  if (left > 0) parts.push(bytes(one.repeat(left)));
  const end = [finishing(play, "stop"), ...usageChunks(play), DONE];
  return [...parts, ...end.map((message) => bytes(frame(message)))];
}

/** Big answers are the same for everybody. */
const NOBODY: Omit<ChatPlay, "profile"> = {
  id: "chatcmpl-standin-big",
  model: "big",
  createdAt: 1_790_000_000,
  prompt: "",
  images: 0,
  key: undefined,
  stream: true,
  streamOptions: true,
  wantsUsage: true,
  attempt: 1,
  sent: 1,
  tokens: undefined,
  window: Infinity,
  now: 0,
  tool: "",
  toolOutputs: [],
  schema: undefined,
  shape: undefined,
  parallel: true,
  history: () => [],
  made: () => [],
  limit: () => undefined,
  elsewhere: new URL("http://127.0.0.1"),
  complain: () => {},
};

function frame(message: Message): string {
  if ("raw" in message) return message.raw;
  const { data } = message;
  return frameText(typeof data === "string" ? data : JSON.stringify(data));
}
