import { oneLine } from "../http/redact.ts";
import type { ImagePart, Item } from "../message.ts";
import type { ToldSummary, ToldTurn, Transcript } from "../store/transcript.ts";
import { minuteOf } from "./session_words.ts";
import { calledTools, endOf } from "./transcript_text.ts";

/** The longest title, in characters. */
const LONGEST_TITLE = 80;

/** The pictures of a transcript, which stand at its end. */
class Pictures {
  readonly #numbers = new Map<string, number>();
  readonly #links: string[] = [];

  /** What stands in the place of a picture. */
  add({ base64, mediaType }: ImagePart): string {
    let number = this.#numbers.get(base64);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(base64, number);
      this.#links.push(
        `[picture-${number}]: data:${mediaType};base64,${base64}`,
      );
    }
    return `![Picture ${number}][picture-${number}]`;
  }

  links(): readonly string[] {
    return this.#links;
  }
}

/**
 * A conversation in Markdown, with all that was said, thought and done in it, and its pictures; what was taken back is
 * left out.
 */
export function transcriptMarkdown(transcript: Transcript): string {
  const { conversation, turns, summaries } = transcript;
  const { id, folder, provider, model, parent, instructions } = conversation;
  const pictures = new Pictures();
  const facts = [
    ["Conversation", `\`${id}\``],
    ["Folder", code(folder)],
    ["Model", `${code(model)} (${provider})`],
    ["Begun", minuteOf(conversation.createdAt)],
    ["Last used", minuteOf(conversation.updatedAt)],
    ["Forked from", parent && `\`${parent}\``],
  ] as const;
  const hidden = turns.filter((turn) => turn.hidden).length;
  const blocks = [
    `# ${titleOf(transcript)}`,
    facts.flatMap(([what, value]) =>
      value === undefined ? [] : [`- ${what}: ${value}`]
    ).join("\n"),
    ...instructions === undefined
      ? []
      : ["Instructions:", quoted(instructions)],
    ...hidden === 0
      ? []
      : [`*Turns that were taken back are left out: ${hidden}.*`],
    ...turns.flatMap((turn, at) => [
      ...turn.hidden ? [] : turnBlocks(turn, pictures),
      ...summaries.filter((summary) =>
        summary.turns === at + 1 && !summary.hidden
      ).flatMap(summaryBlocks),
    ]),
  ];
  const links = pictures.links();
  if (links.length > 0) blocks.push(links.join("\n"));
  return `${blocks.join("\n\n")}\n`;
}

function titleOf({ conversation, turns }: Transcript): string {
  const first = turns.find(({ hidden }) => !hidden)?.items[0]?.item;
  const words = first?.type === "user"
    ? first.parts.map((part) => part.type === "text" ? part.text : "").join(" ")
    : "";
  const title = oneLine(conversation.name ?? words, LONGEST_TITLE);
  return title === "" ? "Conversation" : title;
}

function turnBlocks(turn: ToldTurn, pictures: Pictures): readonly string[] {
  const [said, ...others] = turn.items;
  const tools = calledTools(turn.items);
  const end = endOf(turn);
  return [
    `## You, ${minuteOf(turn.startedAt)}`,
    ...said === undefined ? [] : itemBlocks(said.item, tools, pictures),
    ...others.length === 0 ? [] : [`## ${oneLine(turn.model, LONGEST_TITLE)}`],
    ...others.flatMap(({ item }) => itemBlocks(item, tools, pictures)),
    ...end === undefined ? [] : [`*(${end})*`],
  ];
}

function summaryBlocks({ text, turns }: ToldSummary): readonly string[] {
  const which = turns === 1 ? "the turn" : `the ${turns} turns`;
  return [`## Summary, sent from here on for ${which} above`, trimmed(text)];
}

function itemBlocks(
  item: Item,
  tools: ReadonlyMap<string, string>,
  pictures: Pictures,
): readonly string[] {
  switch (item.type) {
    case "user":
      return item.parts.map((part) =>
        part.type === "text" ? trimmed(part.text) : pictures.add(part)
      );
    case "summary":
    case "answer":
      return [trimmed(item.text)];
    case "reasoning":
      return item.text === "" ? [] : [quoted(item.text)];
    case "call":
      return [`Called ${code(item.name)}:`, fenced(item.arguments, "json")];
    case "result": {
      const what = item.error ? "failed" : "brought";
      return [
        `${code(tools.get(item.id) ?? "")} ${what}:`,
        fenced(item.output, ""),
        ...item.images.map((image) => pictures.add(image)),
      ];
    }
    case "other": {
      const type = item.raw?.type;
      return typeof type === "string" ? [`*(${code(type)})*`] : [];
    }
    default:
      return item satisfies never;
  }
}

function trimmed(text: string): string {
  return text.replace(/^\n+|\s+$/g, "");
}

function quoted(text: string): string {
  return trimmed(text).replace(/^/gm, "> ");
}

/** A code span (CommonMark 0.31, section 6.1): in more backticks than stand together in it. */
function code(text: string): string {
  const line = oneLine(text, 1000);
  const fence = "`".repeat(longestRun(line) + 1);
  const space = /^`|`$/.test(line) ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

/** A code block (section 4.5), in a fence that nothing in it can end. */
function fenced(text: string, language: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  const end = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${fence}${language}\n${text}${end}${fence}`;
}

function longestRun(text: string): number {
  const runs = text.match(/`+/g) ?? [];
  return runs.reduce((longest, run) => Math.max(longest, run.length), 0);
}
