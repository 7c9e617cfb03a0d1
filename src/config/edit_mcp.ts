import type { AST } from "toml-eslint-parser";
import { MekaError } from "../errors.ts";
import type { McpServerConfig } from "./tool_tables.ts";
import {
  canonical,
  endOfLine,
  isTable,
  linesOf,
  newlineOf,
  parse,
  quote,
  splice,
  type Table,
} from "./toml_text.ts";

/**
 * Adds a `[[mcp]]` table at the end of a config's text, and leaves all else as a person wrote it.
 *
 * @param path The file's name, for messages.
 * @throws {MekaError} "config" when the text is no TOML, or its servers are not written as tables.
 */
export async function addServer(
  text: string,
  server: Pick<McpServerConfig, "name" | "transport">,
  path: string,
): Promise<string> {
  const before = await parse(text, path);
  const entries = entriesOf(server);
  const newline = newlineOf(text);
  const gap = text === "" ? "" : endOfLine(text, newline) + newline;
  const lines = [
    "[[mcp]]",
    ...entries.map(([key, value]) => `${key} = ${toToml(value)}`),
  ];
  const edited = `${text}${gap}${lines.join(newline)}${newline}`;
  const list = Array.isArray(before.mcp) ? before.mcp : [];
  return await verified(edited, {
    wanted: { ...before, mcp: [...list, Object.fromEntries(entries)] },
    path,
  });
}

/**
 * Takes the table of a server out of a config's text, with the tables in it and the comments between its keys, and leaves
 * all else as it is. Undefined when there is no server of that name.
 *
 * @throws {MekaError} "config" as {@linkcode addServer} does.
 */
export async function removeServer(
  text: string,
  name: string,
  path: string,
): Promise<string | undefined> {
  const before = await parse(text, path);
  const list: readonly unknown[] = Array.isArray(before.mcp) ? before.mcp : [];
  const at = list.findIndex((entry) => isTable(entry) && entry.name === name);
  if (at < 0) return undefined;
  const { parseTOML } = await import("toml-eslint-parser");
  const tables = parseTOML(text).body[0].body
    .filter((node): node is AST.TOMLTable =>
      node.type === "TOMLTable" && node.resolvedKey[0] === "mcp" &&
      node.resolvedKey[1] === at
    );
  // From the last one on, so that no change has to reckon with the shift of the one before.
  const edited = tables.reverse().reduce(
    (text, table) => splice(text, rangeOf(text, table), ""),
    text,
  );
  const rest = list.filter((_, other) => other !== at);
  const { mcp: _, ...others } = before;
  return await verified(edited, {
    wanted: rest.length === 0 ? others : { ...others, mcp: rest },
    path,
  });
}

type Value = string | readonly string[] | Readonly<Record<string, string>>;

function entriesOf(
  { name, transport }: Pick<McpServerConfig, "name" | "transport">,
): readonly (readonly [string, Value])[] {
  const [way, more] = transport.type === "http"
    ? [["url", transport.url] as const, ["headers", transport.headers] as const]
    : [
      ["command", transport.command] as const,
      ["env", transport.env] as const,
    ];
  const hasMore = Object.keys(more[1]).length > 0;
  return [["name", name], way, ...hasMore ? [more] : []];
}

function toToml(value: Value): string {
  if (typeof value === "string") return quote(value);
  if (isList(value)) return `[${value.map(quote).join(", ")}]`;
  const pairs = Object.entries(value)
    .map(([key, text]) => `${quote(key)} = ${quote(text)}`);
  return `{ ${pairs.join(", ")} }`;
}

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}

/** The lines of a table, from its head to its last key, and the empty line before them. */
function rangeOf(text: string, table: AST.TOMLTable): [number, number] {
  const last = table.body.at(-1) ?? table.key;
  const [from, to] = linesOf(text, [table.range[0], last.range[1]]);
  const gap = /\n(\r?\n)$/.exec(text.slice(0, from))?.[1] ?? "";
  return [from - gap.length, to];
}

/** Reads the result as the program will: better no change than a wrong one. */
async function verified(
  edited: string,
  { wanted, path }: { readonly wanted: Table; readonly path: string },
): Promise<string> {
  const after = await parseOrNothing(edited, path);
  if (after !== undefined && canonical(after) === canonical(wanted)) {
    return edited;
  }
  throw new MekaError(
    "config",
    `Cannot change "${path}" without changing something else in it`,
    {
      hint: "Write each server as a table `[[mcp]]` of its own, then try again",
    },
  );
}

async function parseOrNothing(
  text: string,
  path: string,
): Promise<Table | undefined> {
  try {
    return await parse(text, path);
  } catch (error) {
    // The text was whole before the change.
    if (error instanceof MekaError) return undefined;
    throw error;
  }
}
