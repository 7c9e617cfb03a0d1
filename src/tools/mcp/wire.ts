import { stripControl } from "../../http/redact.ts";
import type { ImagePart } from "../../message.ts";
import { capText } from "../cap_text.ts";
import type { ToolResult } from "../tool.ts";

/** A tool as its server tells of it. */
export interface ServerTool {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema, if the server speaks the truth. */
  readonly inputSchema: unknown;
  /** The server's word that calls change nothing. */
  readonly readOnly: boolean;
}

/** The longest name that a tool may have, in characters. */
const LONGEST_NAME = 256;
/** Services refuse longer ones. */
const LONGEST_DESCRIPTION = 1024;
/** The most text of one result, in characters. */
const LONGEST_TEXT = 64 * 1024;
/** The most pictures of one result, and the most of one in base64, in characters. */
const MOST_IMAGES = 8;
const LONGEST_IMAGE = 7_000_000;

/** Reads a page of `tools/list`; what is no tool is passed over, and so is what can only be run as a task. */
export function readTools(
  result: Readonly<Record<string, unknown>>,
): { tools: readonly ServerTool[]; next: string | undefined } {
  const list = Array.isArray(result.tools) ? result.tools : [];
  const { nextCursor } = result;
  return {
    tools: list.flatMap((entry) => readTool(entry) ?? []),
    next: typeof nextCursor === "string" && nextCursor !== ""
      ? nextCursor
      : undefined,
  };
}

function readTool(entry: unknown): ServerTool | undefined {
  const tool = fieldsOf(entry);
  const { name, inputSchema } = tool;
  if (typeof name !== "string" || name === "" || name.length > LONGEST_NAME) {
    return undefined;
  }
  if (fieldsOf(tool.execution).taskSupport === "required") return undefined;
  const annotations = fieldsOf(tool.annotations);
  const words = [tool.description, tool.title, annotations.title, name]
    .find((text) => typeof text === "string" && text.trim() !== "");
  return {
    name,
    description: cut(stripControl(`${words}`.trim()), LONGEST_DESCRIPTION),
    inputSchema,
    readOnly: annotations.readOnlyHint === true,
  };
}

/** Reads the result of `tools/call` into words and pictures for the model; what it cannot take is described. */
export function readResult(
  result: Readonly<Record<string, unknown>>,
): ToolResult {
  const { content, structuredContent, isError } = result;
  const images: ImagePart[] = [];
  const texts = (Array.isArray(content) ? content : []).map((block) => {
    const image = readImage(block);
    if (image === undefined) return describe(fieldsOf(block));
    if (images.length === MOST_IMAGES) return "[one more image, left out]";
    images.push(image);
    return `[image ${images.length}, ${image.mediaType}]`;
  });
  // Servers should say the same in words; some do not.
  if (texts.length === 0 && structuredContent !== undefined) {
    texts.push(JSON.stringify(structuredContent));
  }
  const text = stripControl(texts.join("\n"));
  return {
    output: capText(text === "" ? "[no content]" : text, LONGEST_TEXT),
    ...images.length > 0 && { images },
    error: isError === true,
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** A picture in a block of its own, or in a resource that came along. */
function readImage(block: unknown): ImagePart | undefined {
  const { type, data, resource } = fieldsOf(block);
  const base64 = type === "image"
    ? data
    : type === "resource"
    ? fieldsOf(resource).blob
    : undefined;
  if (typeof base64 !== "string" || base64.length > LONGEST_IMAGE) {
    return undefined;
  }
  const mediaType = IMAGE_TYPES.find(([, start]) => start.test(base64))?.[0];
  const whole = /^[A-Za-z0-9+/]*={0,2}$/.test(base64) &&
    base64.length % 4 === 0;
  return mediaType === undefined || !whole
    ? undefined
    : { type: "image", mediaType, base64 };
}

/** The formats that the services take, each known by the first bytes that its files have, in base64. */
const IMAGE_TYPES: readonly (readonly [string, RegExp])[] = [
  ["image/png", /^iVBORw0KGgo/],
  ["image/jpeg", /^\/9j\//],
  ["image/gif", /^R0lGOD[dl]h/],
  ["image/webp", /^UklGR[g-v].{5}XRUJQ/],
];

function describe(block: Fields): string {
  const { type, text } = block;
  switch (type) {
    case "text":
      return typeof text === "string" ? text : "[text that is none]";
    case "image":
    case "audio":
      return `[${type} that cannot be shown, ${kind(block)}${
        size(block.data)
      }]`;
    case "resource":
      return describeResource(fieldsOf(block.resource));
    case "resource_link": {
      const words = [block.title, block.name, block.description]
        .filter((word) => typeof word === "string" && word !== "");
      return `[link to ${block.uri}: ${words.join(", ")}]`;
    }
    default:
      return `[content of the type ${JSON.stringify(type ?? null)}, left out]`;
  }
}

function describeResource(resource: Fields): string {
  const { uri, text, blob } = resource;
  if (typeof text === "string") return `[${uri}]\n${text}`;
  return `[${uri}, ${kind(resource)}${size(blob)}, left out]`;
}

function kind({ mimeType }: Fields): string {
  return typeof mimeType === "string" ? mimeType : "of no known type";
}

function size(base64: unknown): string {
  if (typeof base64 !== "string") return "";
  return `, ${Math.ceil(base64.length * 3 / 4096)} KB`;
}

function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const start = text.slice(0, maxChars - 1).replace(/[\ud800-\udbff]$/, "");
  return `${start}…`;
}

/** The fields of an object; none of anything else. */
function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? { ...value }
    : {};
}
