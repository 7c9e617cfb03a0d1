import type { AST } from "toml-eslint-parser";
import { MekaError } from "../errors.ts";
import {
  canonical,
  endOfLine,
  isTable,
  linesOf,
  names,
  newlineOf,
  parse,
  quote,
  splice,
  type Table,
} from "./toml_text.ts";

/** What to do with keys of `[provider]`: a string is set, undefined is taken out of use. */
export type ProviderChanges = Readonly<Record<string, string | undefined>>;

/**
 * Changes keys of `[provider]` in a config's text and leaves all else as a person wrote it: comments, order, spacing,
 * other tables. A key that is taken out of use stays as a comment, for it may hold the only copy of something.
 *
 * @param path The file's name, for messages.
 * @throws {MekaError} "config" when the text is not valid TOML or cannot be changed safely.
 */
export async function editProvider(
  text: string,
  changes: ProviderChanges,
  path: string,
): Promise<string> {
  const before = await parse(text, path);
  let edited = text;
  for (const [key, value] of Object.entries(changes)) {
    // Read anew each time, so that no change has to reckon with the shift of the one before.
    edited = value === undefined
      ? await disable(edited, key)
      : await set(edited, { key, value, path });
  }
  await verify(edited, { before, changes, path });
  return edited;
}

/** The strings in the `[provider]` table of a config's text. */
export async function readProvider(
  text: string,
  path: string,
): Promise<ReadonlyMap<string, string>> {
  const { provider } = await parse(text, path);
  const entries = isTable(provider) ? Object.entries(provider) : [];
  return new Map(
    entries.flatMap(([key, value]) =>
      typeof value === "string" ? [[key, value] as const] : []
    ),
  );
}

/** Where the keys of `[provider]` stand in a text, whichever of TOML's three ways they are written in. */
interface Found {
  readonly pairs: readonly AST.TOMLKeyValue[];
  readonly header: AST.TOMLTable | undefined;
  readonly inline: AST.TOMLInlineTable | undefined;
}

async function find(text: string): Promise<Found> {
  const { parseTOML } = await import("toml-eslint-parser");
  const top = parseTOML(text).body[0].body;
  const header = top.find((node): node is AST.TOMLTable =>
    node.type === "TOMLTable" && node.kind === "standard" &&
    names(node.key).join("\n") === "provider"
  );
  const dotted = top.filter((node): node is AST.TOMLKeyValue =>
    node.type === "TOMLKeyValue" && names(node.key)[0] === "provider"
  );
  const value = dotted.find((pair) => pair.key.keys.length === 1)?.value;
  if (value?.type === "TOMLInlineTable") {
    return { pairs: value.body, header: undefined, inline: value };
  }
  return {
    pairs: header?.body ?? dotted,
    header,
    inline: undefined,
  };
}

async function set(
  text: string,
  { key, value, path }: { key: string; value: string; path: string },
): Promise<string> {
  const { pairs, header, inline } = await find(text);
  const quoted = quote(value);
  const present = pairs.find((pair) => names(pair.key).at(-1) === key);
  if (present !== undefined) {
    return splice(text, present.value.range, quoted);
  }
  const last = pairs.at(-1);
  if (inline !== undefined) {
    return last === undefined
      ? splice(text, inline.range, `{ ${key} = ${quoted} }`)
      : splice(text, [last.range[1], last.range[1]], `, ${key} = ${quoted}`);
  }
  const newline = newlineOf(text);
  const anchor = last ?? header;
  if (anchor === undefined) {
    const gap = text === "" ? "" : endOfLine(text, newline) + newline;
    return `${text}${gap}[provider]${newline}${key} = ${quoted}${newline}`;
  }
  if (header === undefined && last?.key.keys.length === 1) {
    throw new MekaError(
      "config",
      `Cannot change "${path}", line ${anchor.loc.start.line}: \`provider\` must be a table`,
    );
  }
  const line = linesOf(text, last?.range ?? headerRange(text, anchor));
  const indent = /^[ \t]*/.exec(text.slice(line[0]))?.[0] ?? "";
  const prefix = header === undefined ? "provider." : "";
  const rest = line[1] === text.length ? endOfLine(text, newline) : "";
  return splice(
    text,
    [line[1], line[1]],
    `${rest}${indent}${prefix}${key} = ${quoted}${newline}`,
  );
}

async function disable(text: string, key: string): Promise<string> {
  const { pairs, inline } = await find(text);
  const index = pairs.findIndex((pair) => names(pair.key).at(-1) === key);
  const pair = pairs[index];
  if (pair === undefined) return text;
  if (inline === undefined) {
    const range = linesOf(text, pair.range);
    const lines = text.slice(...range);
    return splice(text, range, lines.replace(/^(?=.)/gm, "# "));
  }
  const before = pairs[index - 1];
  const after = pairs[index + 1];
  if (before !== undefined) {
    return splice(text, [before.range[1], pair.range[1]], "");
  }
  return splice(text, [pair.range[0], after?.range[0] ?? pair.range[1]], "");
}

/** Reads the result as the program will: better no change than a wrong one. */
async function verify(
  text: string,
  { before, changes, path }: {
    before: Table;
    changes: ProviderChanges;
    path: string;
  },
): Promise<void> {
  const provider = isTable(before.provider) ? before.provider : {};
  const kept = Object.entries({ ...provider, ...changes })
    .filter(([, value]) => value !== undefined);
  const wanted = { ...before, provider: Object.fromEntries(kept) };
  const after = await parse(text, path);
  if (canonical(after) === canonical(wanted)) return;
  throw new MekaError(
    "config",
    `Cannot change "${path}" without changing something else in it`,
    { hint: "Write `[provider]` as a table of its own, then try again" },
  );
}

/** A table's own range reaches over its keys. */
function headerRange(
  text: string,
  node: AST.TOMLTable | AST.TOMLKeyValue,
): [number, number] {
  const to = node.key.range[1];
  return [Math.min(node.range[0], text.length), to];
}
