import type { Host } from "../host.ts";
import { oneLine, stripControl } from "../http/redact.ts";
import type { Item } from "../message.ts";
import type {
  ToldItem,
  ToldSummary,
  ToldTurn,
  Transcript,
} from "../store/transcript.ts";
import { minuteOf, shortFolder } from "./session_words.ts";

/** How much is shown of what a tool was given or brought, in characters. */
const SHOWN_LENGTH = 120;

/** How a transcript is shown. */
export interface TextOptions {
  readonly host: Pick<Host, "env">;
  readonly color: boolean;
  /** The screen takes it, and nothing that was said may drive that. */
  readonly onTerminal: boolean;
  /** Thinking is shown, too. */
  readonly reasoning: boolean;
  /** So is what was taken back. */
  readonly hidden: boolean;
}

/** A piece of the transcript: a title, what is said aside in a few words, or what was said. */
interface Block {
  readonly kind: "title" | "aside" | "text";
  readonly text: string;
}

/** A conversation for people: who said what and when, and in a line each what tools were given and brought. */
export function transcriptText(
  { conversation, turns, summaries }: Transcript,
  options: TextOptions,
): string {
  const { id, name, folder, provider, model, parent, instructions } =
    conversation;
  const facts = [
    ["Conversation", id],
    ["Name", name],
    ["Folder", shortFolder(folder, options.host)],
    ["Model", `${model} (${provider})`],
    ["Begun", minuteOf(conversation.createdAt)],
    ["Last used", minuteOf(conversation.updatedAt)],
    ["Forked from", parent],
    ["Instructions", instructions && oneLine(instructions, SHOWN_LENGTH)],
  ] as const;
  const head = facts.flatMap(([what, value]) =>
    value === undefined ? [] : [`${what.padEnd(13)} ${value}`]
  );
  const shown = ({ hidden }: ToldTurn | ToldSummary): boolean =>
    !hidden || options.hidden;
  const blocks = turns.flatMap((turn, at) => [
    ...shown(turn) ? turnBlocks(turn, options) : [],
    ...summaries.filter((summary) => summary.turns === at + 1 && shown(summary))
      .flatMap(summaryBlocks),
  ]);
  return [{ kind: "aside", text: head.join("\n") } as const, ...blocks]
    .map((block, at, all) => {
      // What is said aside in a row stands together.
      const close = block.kind === "aside" && all[at - 1]?.kind === "aside" ||
        all[at - 1]?.kind === "title";
      return `${at === 0 ? "" : close ? "\n" : "\n\n"}${
        encoded(block, options)
      }`;
    }).join("") + "\n";
}

/** What came of a call, in a few words. */
export function resultLine(output: string): string {
  const [first = "", ...more] = output.trimEnd().split("\n");
  const lines = more.length === 1 ? "1 more line" : `${more.length} more lines`;
  return `${oneLine(first, SHOWN_LENGTH)}${
    more.length === 0 ? "" : ` (and ${lines})`
  }`;
}

/** What the end of a turn leaves to be said; undefined for one that ended well. */
export function endOf({ status, items }: ToldTurn): string | undefined {
  switch (status) {
    case "completed":
      return undefined;
    case "incomplete":
      return "the answer is incomplete";
    case "failed":
      return "the turn failed";
    case "open":
      return items.some(({ partial }) => partial)
        ? "the answer did not come to its end"
        : "the turn did not come to its end";
    default:
      return status satisfies never;
  }
}

/** The tools that were called, by the ids of the calls. */
export function calledTools(
  items: readonly ToldItem[],
): ReadonlyMap<string, string> {
  return new Map(
    items.flatMap(({ item }) =>
      item.type === "call" ? [[item.id, item.name]] : []
    ),
  );
}

function turnBlocks(turn: ToldTurn, options: TextOptions): readonly Block[] {
  const { model, startedAt, hidden } = turn;
  const back = hidden ? ", taken back" : "";
  const [said, ...others] = turn.items;
  const asked = title(`You, ${minuteOf(startedAt)}${back}`);
  const answered = others.length === 0 ? [] : [title(`${model}${back}`)];
  const end = endOf(turn);
  const tools = calledTools(turn.items);
  return [
    ...said === undefined
      ? []
      : [asked, ...itemBlocks(said.item, tools, options)],
    ...answered,
    ...others.flatMap(({ item }) => itemBlocks(item, tools, options)),
    ...end === undefined ? [] : [aside(`[${end}]`)],
  ];
}

function summaryBlocks({ text, hidden, turns }: ToldSummary): readonly Block[] {
  const which = turns === 1 ? "the turn" : `the ${turns} turns`;
  const back = hidden ? ", taken back" : "";
  return [
    title(`Summary, sent from here on for ${which} above${back}`),
    { kind: "text", text },
  ];
}

function itemBlocks(
  item: Item,
  tools: ReadonlyMap<string, string>,
  { reasoning }: TextOptions,
): readonly Block[] {
  switch (item.type) {
    case "user":
      return item.parts.map((part) =>
        part.type === "text"
          ? { kind: "text", text: trimmed(part.text) }
          : aside(`[a picture, ${part.mediaType}]`)
      );
    case "summary":
    case "answer":
      return [{ kind: "text", text: trimmed(item.text) }];
    case "reasoning":
      return !reasoning || item.text === ""
        ? []
        : [aside(trimmed(item.text).replace(/^/gm, "> "))];
    case "call":
      return [
        aside(oneLine(`tool: ${item.name} ${item.arguments}`, SHOWN_LENGTH)),
      ];
    case "result": {
      const { id, output, images, error } = item;
      const tool = oneLine(tools.get(id) ?? "", SHOWN_LENGTH);
      const what = error ? "failed" : "brought";
      return [
        aside(`tool: ${tool} ${what}: ${resultLine(output)}`),
        ...images.map(({ mediaType }) => aside(`[a picture, ${mediaType}]`)),
      ];
    }
    case "other": {
      const type = item.raw?.type;
      return typeof type === "string"
        ? [aside(`[${oneLine(type, SHOWN_LENGTH)}]`)]
        : [];
    }
    default:
      return item satisfies never;
  }
}

function title(text: string): Block {
  return { kind: "title", text: `--- ${text}` };
}

function aside(text: string): Block {
  return { kind: "aside", text };
}

/** Without the lines' ends that a file or a pipe brought. */
function trimmed(text: string): string {
  return text.replace(/^\n+|\s+$/g, "");
}

/** Colors come last, since they are what is taken from everything else. */
function encoded(
  { kind, text }: Block,
  { color, onTerminal }: TextOptions,
): string {
  const clean = onTerminal ? stripControl(text) : text;
  if (!color || kind === "text") return clean;
  return `\x1b[${kind === "title" ? 1 : 2}m${clean}\x1b[0m`;
}
