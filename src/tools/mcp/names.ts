import { LONGEST_NAME, MCP_PREFIX } from "../../config/tool_tables.ts";

/** A server's tool, by the names that the person and the server gave. */
export interface Named {
  readonly server: string;
  readonly tool: string;
}

/**
 * What the model calls the tools of all servers: `mcp__server__tool`, in the letters that the services take, at most 64
 * of them, each once. A name that had to be shortened, or that another tool has already, ends in a mark made of both
 * names, so that it is the same in every run. Undefined for a tool that its server names twice.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(toolNames([{ server: "files", tool: "read" }]), ["mcp__files__read"]);
 * assert.deepEqual(
 *   toolNames([{ server: "a", tool: "b.c" }, { server: "a", tool: "b_c" }]),
 *   ["mcp__a__b_c_49f41ae7", "mcp__a__b_c"],
 * );
 * ```
 */
export function toolNames(
  tools: readonly Named[],
): readonly (string | undefined)[] {
  const names = new Map<Named, string>();
  const taken = new Set<string>();
  const seen = new Set<string>();
  const unique = tools.filter(({ server, tool }) => {
    const key = JSON.stringify([server, tool]);
    return !seen.has(key) && seen.add(key);
  });
  const take = (named: Named, name: string): void => {
    names.set(named, name);
    taken.add(name);
  };
  // Those that may stay as they are come first, so that no other one takes their names.
  const isExact = ({ server, tool }: Named): boolean =>
    plainName({ server, tool }) === `${MCP_PREFIX}${server}__${tool}`;
  for (const exact of [true, false]) {
    for (const named of unique.filter((one) => isExact(one) === exact)) {
      const name = plainName(named);
      const fits = name.length <= LONGEST_NAME && !taken.has(name);
      take(named, fits ? name : markedName(named, taken));
    }
  }
  return tools.map((named) => names.get(named));
}

function plainName({ server, tool }: Named): string {
  return `${MCP_PREFIX}${server}__${tool.replace(/[^A-Za-z0-9_-]/g, "_")}`;
}

function markedName(named: Named, taken: ReadonlySet<string>): string {
  for (let round = 0;; round++) {
    const mark = `_${hash(JSON.stringify([named.server, named.tool, round]))}`;
    const room = LONGEST_NAME - mark.length;
    const name = `${plainName(named).slice(0, room)}${mark}`;
    if (!taken.has(name)) return name;
  }
}

/** FNV-1a in 32 bits, as 8 hexadecimal digits: names need no more than to differ. */
function hash(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const value = bytes.reduce(
    (sum, byte) => Math.imul(sum ^ byte, 0x01000193),
    0x811c9dc5,
  );
  return (value >>> 0).toString(16).padStart(8, "0");
}
