import type { AST } from "toml-eslint-parser";

/**
 * The line (from 1) on which a key of a valid TOML document is written, else that of the nearest table or list around
 * it, else 1. A table's place in a list is a key, too: "0" is the first. Only errors ask, so the parser that knows
 * positions is loaded here and not with the config.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const toml = '# mine\n[provider]\nname = "x"\nmodle = "y"\n';
 * assert.equal(await lineOf(toml, ["provider", "modle"]), 4);
 * ```
 */
export async function lineOf(
  toml: string,
  key: readonly string[],
): Promise<number> {
  const { parseTOML, ParseError } = await import("toml-eslint-parser");
  let document: AST.TOMLProgram;
  try {
    document = parseTOML(toml);
  } catch (error) {
    // It refuses dates such as February 30, which the config's own parser lets pass; no setting is a date.
    if (error instanceof ParseError) return error.lineNumber;
    throw error;
  }
  const places = document.body[0].body.flatMap((node) =>
    node.type === "TOMLTable"
      ? [
        { path: node.resolvedKey.map(String), line: node.loc.start.line },
        ...node.body.flatMap((pair) => placesIn(pair, node.resolvedKey)),
      ]
      : placesIn(node, [])
  );
  for (let length = key.length; length > 0; length--) {
    const wanted = JSON.stringify(key.slice(0, length));
    const exact = places.find(({ path }) => JSON.stringify(path) === wanted);
    // A dotted key such as `provider.model` makes the table `provider` without a line of its own.
    const within = places.find(({ path }) =>
      JSON.stringify(path.slice(0, length)) === wanted
    );
    const place = exact ?? within;
    if (place !== undefined) return place.line;
  }
  return 1;
}

interface Place {
  readonly path: readonly string[];
  readonly line: number;
}

function placesIn(
  pair: AST.TOMLKeyValue,
  table: readonly (string | number)[],
): readonly Place[] {
  const own = pair.key.keys.map((part) =>
    part.type === "TOMLBare" ? part.name : part.value
  );
  const path = [...table.map(String), ...own];
  const here = { path, line: pair.key.loc.start.line };
  return [here, ...placesInValue(pair.value, path)];
}

function placesInValue(
  value: AST.TOMLContentNode,
  path: readonly string[],
): readonly Place[] {
  switch (value.type) {
    case "TOMLInlineTable":
      return value.body.flatMap((inner) => placesIn(inner, path));
    case "TOMLArray":
      return value.elements.flatMap((element, at) => {
        const inner = [...path, `${at}`];
        return [
          { path: inner, line: element.loc.start.line },
          ...placesInValue(element, inner),
        ];
      });
    default:
      return [];
  }
}
