import { schemaProblem } from "./schema_problem.ts";
import { urlProblem } from "./secure_url.ts";
import {
  type Entries,
  entriesOf,
  isTable,
  LONGEST_NAME,
  MCP_PREFIX,
} from "./tool_tables.ts";

/** What is wrong with a config, and the path of keys to it. */
export interface Problem {
  readonly key: readonly string[];
  readonly says: string;
  readonly hint?: string;
}

/** Names that no tool of a person's own may take: those of the tools that are built in, the service's among them. */
export const RESERVED_NAMES: readonly string[] = [
  "read_file",
  "list_files",
  "search_files",
  "edit_file",
  "write_file",
  "run_command",
  "fetch_url",
  "web_search",
];

/** The longest that a call may be given, in seconds: a day. */
const MOST_SECONDS = 86_400;

/** What is wrong with the `tools` and `mcp` of a config, if anything is. */
export function toolProblem(root: unknown): Problem | undefined {
  const table = entriesOf(root);
  return listProblem("tools", table.get("tools"), ownProblem) ??
    listProblem("mcp", table.get("mcp"), mcpProblem);
}

type Found = Problem | undefined;

/** Checks one key's value; `key` is how messages call it, and says where it stands. */
type Check = (value: unknown, key: string) => Omit<Problem, "key"> | undefined;

function listProblem(
  name: string,
  value: unknown,
  check: (table: Entries, at: readonly string[]) => Found,
): Found {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every(isTable)) {
    return { key: [name], says: `"${name}" must be tables: [[${name}]]` };
  }
  const names = new Set<unknown>();
  for (const [at, table] of value.entries()) {
    const key = [name, `${at}`];
    const problem = check(entriesOf(table), key);
    if (problem !== undefined) return problem;
    if (names.has(table.name)) {
      return {
        key: [...key, "name"],
        says: `"${name}.name" must not be "${table.name}" twice`,
      };
    }
    names.add(table.name);
  }
  return undefined;
}

const OWN_KEYS: Readonly<Record<string, Check>> = {
  name: ownName,
  description: text,
  parameters,
  command: argv,
  permission: oneOf("read", "write"),
  timeout: seconds,
};

function ownProblem(table: Entries, at: readonly string[]): Found {
  return keysProblem(table, at, OWN_KEYS) ??
    missing(table, at, ["name", "description", "command"]);
}

const MCP_KEYS: Readonly<Record<string, Check>> = {
  name,
  command: argv,
  env: texts,
  cwd: text,
  url,
  headers,
  permissions,
  timeout: seconds,
  enabled: flag,
};

/** The keys that go with one way to a server only. */
const STDIO_KEYS = ["command", "env", "cwd"];
const HTTP_KEYS = ["url", "headers"];

function mcpProblem(table: Entries, at: readonly string[]): Found {
  const problem = keysProblem(table, at, MCP_KEYS) ??
    missing(table, at, ["name"]);
  if (problem !== undefined) return problem;
  if (!table.has("command") && !table.has("url")) {
    return { key: at, says: '"mcp" needs "command" or "url"' };
  }
  const [way, others] = table.has("command")
    ? ["command", HTTP_KEYS] as const
    : ["url", STDIO_KEYS] as const;
  const other = others.find((key) => table.has(key));
  return other === undefined ? undefined : {
    key: [...at, other],
    says: `"mcp.${other}" cannot stand beside "mcp.${way}"`,
  };
}

function keysProblem(
  table: Entries,
  at: readonly string[],
  keys: Readonly<Record<string, Check>>,
): Found {
  for (const [name, value] of table) {
    const key = `"${at[0]}.${name}"`;
    const path = [...at, name];
    const check = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (check === undefined) {
      const allowed = Object.keys(keys).join(", ");
      return { key: path, says: `unknown key ${key}; allowed are ${allowed}` };
    }
    const complaint = check(value, key);
    if (complaint !== undefined) return { key: path, ...complaint };
  }
  return undefined;
}

function missing(
  table: Entries,
  at: readonly string[],
  needed: readonly string[],
): Found {
  const name = needed.find((name) => !table.has(name));
  return name === undefined
    ? undefined
    : { key: at, says: `"${at[0]}" needs "${name}"` };
}

function name(value: unknown, key: string): ReturnType<Check> {
  if (typeof value === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(value)) {
    return undefined;
  }
  return {
    says: `${key} must be 1 to ${LONGEST_NAME} letters, digits, "_" or "-"`,
  };
}

function ownName(value: unknown, key: string): ReturnType<Check> {
  const complaint = name(value, key);
  if (complaint !== undefined || typeof value !== "string") return complaint;
  if (RESERVED_NAMES.includes(value)) {
    return { says: `${key} cannot be "${value}": a tool of that name exists` };
  }
  return value.startsWith(MCP_PREFIX)
    ? { says: `${key} cannot begin with "${MCP_PREFIX}"` }
    : undefined;
}

function text(value: unknown, key: string): ReturnType<Check> {
  return typeof value === "string" && value.trim() !== ""
    ? undefined
    : { says: `${key} must be a text` };
}

function argv(value: unknown, key: string): ReturnType<Check> {
  const fine = Array.isArray(value) && value.length > 0 && value[0] !== "" &&
    value.every((word) => typeof word === "string" && !word.includes("\0"));
  return fine ? undefined : {
    says: `${key} must be a list of words, the program first`,
    hint: 'For example ["python3", "count.py"]; no shell reads it',
  };
}

function oneOf(...words: readonly string[]): Check {
  return (value, key) =>
    words.some((word) => word === value)
      ? undefined
      : { says: `${key} must be one of: ${words.join(", ")}` };
}

function seconds(value: unknown, key: string): ReturnType<Check> {
  return typeof value === "number" && value > 0 && value <= MOST_SECONDS
    ? undefined
    : {
      says:
        `${key} must be a number of seconds above 0, at most ${MOST_SECONDS}`,
    };
}

function flag(value: unknown, key: string): ReturnType<Check> {
  return typeof value === "boolean"
    ? undefined
    : { says: `${key} must be true or false` };
}

/** Never quotes a value: it may be a secret. */
function texts(value: unknown, key: string): ReturnType<Check> {
  const fine = isTable(value) &&
    Object.entries(value).every(([name, text]) =>
      typeof text === "string" && /^[^=\0]+$/.test(name) && !text.includes("\0")
    );
  return fine
    ? undefined
    : { says: `${key} must be a table of names and texts` };
}

function headers(value: unknown, key: string): ReturnType<Check> {
  const complaint = texts(value, key);
  if (complaint !== undefined) return complaint;
  const fine = [...entriesOf(value)].every(([name, text]) =>
    // RFC 9110, sections 5.1 and 5.5.
    /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(`${text}`)
  );
  return fine
    ? undefined
    : { says: `${key} holds a character that no header has` };
}

function url(value: unknown, key: string): ReturnType<Check> {
  if (typeof value !== "string") return { says: `${key} must be a URL` };
  const problem = urlProblem(value);
  return problem && { ...problem, says: `${key} ${problem.says}` };
}

function permissions(value: unknown, key: string): ReturnType<Check> {
  const levels = ["none", "read", "write"];
  const fine = isTable(value) &&
    Object.values(value).every((level) => levels.includes(`${level}`));
  return fine ? undefined : {
    says: `${key} must be a table of names of tools and one of: ${
      levels.join(", ")
    }`,
  };
}

function parameters(value: unknown, key: string): ReturnType<Check> {
  if (!isTable(value)) return { says: `${key} must be a JSON Schema` };
  if (!isJson(value)) {
    return { says: `${key} holds a date or a number that JSON has not` };
  }
  const { type } = value;
  if (type !== undefined && type !== "object") {
    return { says: `${key} must be a JSON Schema of the type "object"` };
  }
  const problem = schemaProblem(value);
  if (problem === undefined) return undefined;
  const place = problem.path === "" ? "" : `, at "${problem.path}",`;
  return { says: `${key}${place} ${problem.says}` };
}

function isJson(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isJson);
  if (isTable(value)) return Object.values(value).every(isJson);
  return typeof value === "number"
    ? Number.isFinite(value)
    : ["string", "boolean"].includes(typeof value);
}
