import { createHash } from "node:crypto";
import { contentText, objects } from "../history.ts";
import { type Body, object, parseObject } from "../json_object.ts";

interface Answer {
  readonly message: Body;
  whole: boolean;
}

/** A message that is not what was answered, and how. */
export interface ChangedMessage {
  readonly at: number;
  readonly what: string;
}

/**
 * What was answered, by the messages it was the answer to: the wire has no ids for messages, but what comes back behind
 * the same messages has to be the same answer.
 */
export class Told {
  readonly #answers = new Map<string, Answer>();
  readonly #most: number;

  /** @param most So many answers are known; older ones are forgotten. */
  constructor(most = Infinity) {
    this.#most = most;
  }

  /** Notes an answer; the result says that it was whole. */
  add(messages: readonly Body[], message: Body): () => void {
    const key = keysOf(messages).at(-1) ?? "";
    const answer: Answer = { message, whole: false };
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    if (this.#answers.size > this.#most) {
      this.#answers.delete(this.#answers.keys().next().value ?? "");
    }
    return () => answer.whole = true;
  }

  /** The first message that is not what was answered. */
  check(messages: readonly Body[]): ChangedMessage | undefined {
    const keys = keysOf(messages);
    for (const [at, message] of messages.entries()) {
      if (message["role"] !== "assistant") continue;
      const answer = this.#answers.get(keys[at] ?? "");
      const what = answer && difference(answer, message);
      if (what !== undefined) return { at, what };
    }
    return undefined;
  }
}

/** What stands for the messages before each one, and at the end for all of them. */
function keysOf(messages: readonly Body[]): string[] {
  const hash = createHash("sha1");
  const keys = [hash.copy().digest("base64")];
  for (const message of messages) {
    hash.update(JSON.stringify(message)).update("\n");
    keys.push(hash.copy().digest("base64"));
  }
  return keys;
}

function difference(
  { message, whole }: Answer,
  came: Body,
): string | undefined {
  const said = contentText(message["content"]);
  const text = contentText(came["content"]);
  if (whole ? said !== text : !said.startsWith(text)) {
    return `the text was ${short(said)} and is ${short(text)}`;
  }
  const [calls, again] = [callsOf(message), callsOf(came)];
  if (whole && calls.length !== again.length) {
    return `${calls.length} calls were made, and ${again.length} came back`;
  }
  for (const [n, call] of again.entries()) {
    const made = calls[n];
    if (
      made?.id !== "" && made?.id !== call.id || made.name !== call.name ||
      // Arguments that are no JSON must not be sent back as they are.
      parseObject(made.arguments) !== undefined &&
        made.arguments !== call.arguments
    ) {
      return `call ${n} was ${JSON.stringify(made)} and is ${
        JSON.stringify(call)
      }`;
    }
  }
  return undefined;
}

interface Call {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

function callsOf({ tool_calls: calls }: Body): Call[] {
  return objects(calls).map((call) => {
    const named = object(call["function"]);
    return {
      id: String(call["id"] ?? ""),
      name: String(named?.["name"]),
      arguments: String(named?.["arguments"]),
    };
  });
}

function short(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
