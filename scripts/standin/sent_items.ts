import { type Body, object } from "./json_object.ts";

/** An item that was sent, and where. */
interface Sent {
  readonly item: Body;
  readonly answer: Answer;
}

/** The items of one answer. */
interface Answer {
  readonly account: string;
  readonly items: readonly Body[];
  /** Whether it came to its good end: only then nothing of it may be missing. */
  whole: boolean;
}

/** What a check of an input found. */
export interface SentCheck {
  /** An item that is not as it was sent. */
  readonly changed: { readonly at: number; readonly what: string } | undefined;
  /** Items that nobody knows, that belong to somebody else, or that stand where they should not. */
  readonly problems: readonly string[];
}

/** What the model makes, as far as it may come back (reference, section 8.2). */
const MADE = new Set([
  "message",
  "reasoning",
  "function_call",
  "custom_tool_call",
  "web_search_call",
]);

/** The items of all answers: what was sent is known when it comes back. */
export class SentItems {
  readonly #sent = new Map<string, Sent>();
  readonly #most: number;

  /** @param most So many items are known; older ones are forgotten, and nobody is blamed for them. */
  constructor(most = Infinity) {
    this.#most = most;
  }

  /** Notes the items of an answer; the result says that the answer was whole. */
  add(items: readonly Body[], account: string): () => void {
    const answer: Answer = { account, items, whole: false };
    for (const item of items) {
      for (const key of keysOf(item)) {
        // The order of a map is that of the first entry, and the oldest one goes first.
        this.#sent.delete(key);
        this.#sent.set(key, { item, answer });
      }
    }
    while (this.#sent.size > this.#most) {
      this.#sent.delete(this.#sent.keys().next().value ?? "");
    }
    return () => answer.whole = true;
  }

  /** Compares an input with what was sent. */
  check(input: readonly Body[], account: string): SentCheck {
    const problems: string[] = [];
    const known = input.map((item) => this.#find(item));
    for (const [n, item] of input.entries()) {
      const sent = known[n];
      if (sent === undefined) {
        if (this.#isInvented(item)) {
          problems.push(`input[${n}]: ${item["id"]} was never sent`);
        }
        continue;
      }
      const what = difference(sent.item, item);
      if (what !== undefined) return { changed: { at: n, what }, problems };
      if (JSON.stringify(sent.item) !== JSON.stringify(item)) {
        problems.push(`input[${n}]: the fields are in another order`);
      }
      if (sent.answer.account !== account) {
        problems.push(`input[${n}]: ${item["id"]} is another account's`);
      }
    }
    problems.push(...placeProblems(known), ...outputProblems(input));
    return { changed: undefined, problems };
  }

  /** What has neither an id nor a ciphertext was told anew, in nobody's words. */
  #find(item: Body): Sent | undefined {
    if (!isMade(item)) return undefined;
    for (const key of keysOf(item)) {
      const sent = this.#sent.get(key);
      if (sent !== undefined) return sent;
    }
    return undefined;
  }

  /** A client makes up no ids for what the model made; those of big answers are all the same, and not noted. */
  #isInvented(item: Body): boolean {
    return isMade(item) && typeof item["id"] === "string" &&
      !item["id"].includes("_standin") && this.#most === Infinity;
  }
}

/** Says what differs first between two JSON values, and where. */
export function difference(
  sent: unknown,
  came: unknown,
  at = "",
): string | undefined {
  const [a, b] = [fields(sent), fields(came)];
  if (a === undefined || b === undefined) {
    return sent === came
      ? undefined
      : `${at.slice(1)} was ${short(sent)} and is ${short(came)}`;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!Object.hasOwn(b, key)) return `${`${at}.${key}`.slice(1)} is missing`;
    if (!Object.hasOwn(a, key)) {
      return `${`${at}.${key}`.slice(1)} was not sent`;
    }
    const found = difference(a[key], b[key], `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return Array.isArray(sent) === Array.isArray(came)
    ? undefined
    : `${at.slice(1)} is of another kind`;
}

/** What stands for an item wherever it turns up: its id, its ciphertext. */
function keysOf(item: Body): string[] {
  return ["id", "encrypted_content"].flatMap((name) => {
    const value = item[name];
    return typeof value === "string" ? [`${name} ${value}`] : [];
  });
}

/** The items of one answer stay together, in their order, and none is left out. */
function placeProblems(known: readonly (Sent | undefined)[]): string[] {
  const problems: string[] = [];
  const seen = new Set<Answer>();
  for (const [n, sent] of known.entries()) {
    if (sent === undefined || seen.has(sent.answer)) continue;
    const { answer } = sent;
    seen.add(answer);
    const due = answer.items.filter(isMade);
    const run = known.slice(n, n + due.length)
      .filter((other) => other?.answer === answer)
      .map((other) => other?.item);
    const all = known.filter((other) => other?.answer === answer);
    if (all.length > run.length) {
      problems.push(`input[${n}]: the items of one answer are torn apart`);
    } else if (answer.whole && run.length < due.length) {
      const missing = due.find((item) => !run.includes(item));
      problems.push(
        `input[${n}]: ${missing?.["id"]} of the same answer is left out`,
      );
    } else if (
      due.filter((item) => run.includes(item)).some((item, i) =>
        item !== run[i]
      )
    ) {
      problems.push(
        `input[${n}]: the items of one answer are in another order`,
      );
    }
  }
  return problems;
}

/** After what the model said come the results of its calls, in the order of the calls, before anything else. */
function outputProblems(input: readonly Body[]): string[] {
  const problems: string[] = [];
  let open: unknown[] = [];
  for (const [n, item] of input.entries()) {
    const { type, call_id } = item;
    if (type === "function_call" || type === "custom_tool_call") {
      open.push(call_id);
    } else if (isOutput(item)) {
      if (open[0] !== call_id && open.includes(call_id)) {
        problems.push(
          `input[${n}]: the results are not in the order of the calls`,
        );
      }
      open = open.filter((id) => id !== call_id);
      // The next call belongs to the next answer.
      const next = input[n + 1];
      if (open.length > 0 && next !== undefined && !isOutput(next)) {
        problems.push(
          `input[${n + 1}]: a result of the calls before it is still missing`,
        );
        open = [];
      }
    } else if (open.length > 0 && !isMade(item)) {
      problems.push(
        `input[${n}]: something is between calls and their results`,
      );
      open = [];
    }
  }
  return problems;
}

/** What the model made and what comes back; reasoning without its ciphertext is nothing to the service. */
function isMade(item: Body): boolean {
  if (!MADE.has(String(item["type"]))) return false;
  if (item["type"] === "message") return item["role"] === "assistant";
  return item["type"] !== "reasoning" ||
    typeof item["encrypted_content"] === "string";
}

function isOutput({ type }: Body): boolean {
  return type === "function_call_output" || type === "custom_tool_call_output";
}

function fields(value: unknown): Body | undefined {
  return Array.isArray(value) ? { ...value } : object(value);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
