import { numberOf, textOf } from "./arguments.ts";
import { toImagePart } from "./image.ts";
import { attempting, failed, outcome, told } from "./outcome.ts";
import { shownName, shownPath } from "./shown.ts";
import { isBinary, readFileText, stateOf, withPlainEnds } from "./text_file.ts";
import type { Tool, ToolArguments, ToolContext, ToolResult } from "./tool.ts";

/** The largest file that is read, in bytes; a picture may have less, as the services take it. */
export const LARGEST_FILE = 16 * 1024 * 1024;
const LARGEST_IMAGE = 8 * 1024 * 1024;

/** The most that one call brings. */
const MOST_LINES = 2_000;
const MOST_CHARS = 100_000;
const LONGEST_LINE = 10_000;

/** Reads a text file, or a part of it, or a picture. */
export const readFile: Tool = {
  name: "read_file",
  description:
    `Read a text file, or look at an image (PNG, JPEG, GIF, WebP). Text comes as it is, without line numbers, at most ${MOST_LINES} lines at a time; a last line in brackets tells when there is more.`,
  parameters: {
    type: "object",
    properties: {
      path: {
        type: "string",
        description: "From the working folder, or absolute.",
      },
      start_line: {
        type: "integer",
        minimum: 1,
        description: "The first line to read, from 1.",
      },
      end_line: {
        type: "integer",
        minimum: 1,
        description: "The last line to read.",
      },
    },
    required: ["path"],
    additionalProperties: false,
  },
  level: "read",
  origin: "built in",
  describe: (args) => {
    const { start, end } = rangeOf(args);
    const lines = start === 1 && end === Infinity
      ? ""
      : `, lines ${start} to ${end === Infinity ? "the last" : end}`;
    return Promise.resolve(`Read ${shownName(pathOf(args))}${lines}`);
  },
  run: (args, context) => outcome(() => run(args, context)),
};

function pathOf(args: ToolArguments): string {
  return textOf(args, "path") ?? "";
}

function rangeOf(args: ToolArguments): { start: number; end: number } {
  const start = numberOf(args, "start_line") ?? 1;
  return { start, end: numberOf(args, "end_line") ?? Infinity };
}

async function run(
  args: ToolArguments,
  context: ToolContext,
): Promise<ToolResult> {
  const given = pathOf(args);
  const files = await context.host.guardedFiles(context);
  const { path, bytes } = await attempting(`read ${shownName(given)}`, () => {
    const { path, kind } = files.locate(given);
    if (kind !== "folder") return files.read(path, LARGEST_FILE);
    return { path, bytes: undefined };
  });
  const name = shownName(shownPath(path, context.folders));
  if (bytes === undefined) {
    return failed(`${name} is a folder; look into it with list_files`);
  }
  const image = toImagePart(bytes);
  if (image !== undefined && bytes.length > LARGEST_IMAGE) {
    return failed(
      `Cannot show ${name}: it has more than ${LARGEST_IMAGE} bytes`,
    );
  }
  const read = image === undefined
    ? readText(bytes, name, args)
    : told(`${name}: ${image.mediaType}, ${bytes.length} bytes`, {
      images: [image],
    });
  if (!read.error) context.seen.set(path, await stateOf(bytes));
  return read;
}

function readText(
  bytes: Uint8Array,
  name: string,
  args: ToolArguments,
): ToolResult {
  const text = readFileText(bytes)?.text ?? readOtherText(bytes);
  if (text === undefined) {
    return failed(`Cannot read ${name}: it is no text and no picture`);
  }
  if (text === "") return told(`[${name} is empty]`);
  const lines = withPlainEnds(text).split("\n");
  const last = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  const { start, end } = rangeOf(args);
  if (start > last) {
    return failed(`${name} has no line ${start}: it has ${last} lines`);
  }
  const shown = cutLines(lines.slice(start - 1, Math.min(end, last)));
  const to = start - 1 + shown.length;
  const notes = [
    ...start > 1 || to < last ? [`lines ${start} to ${to} of ${last}`] : [],
    ...to < Math.min(end, last) ? [`go on with "start_line": ${to + 1}`] : [],
    ...readFileText(bytes) === undefined
      ? ["not UTF-8, so it cannot be edited"]
      : [],
  ];
  const note = notes.length > 0 ? `\n[${notes.join("; ")}]` : "";
  return told(`${shown.join("\n")}${note}`);
}

/** UTF-16 with its mark, or what may be text in one of many old encodings, as well as it can be read. */
function readOtherText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) {
    return new TextDecoder("utf-16le").decode(bytes);
  }
  if (first === 0xfe && second === 0xff) {
    return new TextDecoder("utf-16be").decode(bytes);
  }
  return isBinary(bytes) ? undefined : new TextDecoder().decode(bytes);
}

/** As many lines as fit. */
function cutLines(lines: readonly string[]): readonly string[] {
  const shown: string[] = [];
  let length = 0;
  for (const line of lines.slice(0, MOST_LINES)) {
    const cut = line.length > LONGEST_LINE
      ? `${line.slice(0, LONGEST_LINE)} [${
        line.length - LONGEST_LINE
      } more characters in this line]`
      : line;
    length += cut.length + 1;
    if (shown.length > 0 && length > MOST_CHARS) break;
    shown.push(cut);
  }
  return shown;
}
