import { MekaError } from "../errors.ts";
import { type Effort, EFFORTS } from "../message.ts";
import { urlProblem } from "./secure_url.ts";
import type { Problem } from "./tool_problem.ts";
import type { ToolTables } from "./tool_tables.ts";

/** What config.toml holds: the `[provider]` table, and beside it the tables of tools. */
export interface Config {
  readonly name?: string;
  readonly model?: string;
  readonly effort?: Effort;
  readonly baseUrl?: string;
  readonly issuer?: string;
  readonly apiKey?: string;
  /** Absent where there are none. */
  readonly tools?: ToolTables;
}

/** The tables there may be. */
const TABLES: readonly string[] = ["provider", "tools", "mcp"];

/** The keys of `[provider]`, with what each may hold. */
const KEYS = {
  name: "the name of a provider",
  model: "a model's name",
  effort: EFFORTS.join(", "),
  base_url: "a URL",
  issuer: "a URL",
  api_key: "a key",
} as const;

/**
 * Reads config.toml.
 *
 * @param providers The names that `name` may have.
 * @throws {MekaError} "config", naming file, line and key, when it is not TOML or not this schema.
 */
export async function readConfig(
  toml: string,
  { path, providers }: { path: string; providers: readonly string[] },
): Promise<Config> {
  const { parse, TomlError } = await import("smol-toml");
  let root: unknown;
  try {
    root = parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Its message goes on with an excerpt, which may hold a key.
    const why = error.message.split("\n")[0]?.replace(
      /^Invalid TOML document: /,
      "",
    );
    throw new MekaError(
      "config",
      `${path}:${error.line}: not valid TOML: ${why}`,
    );
  }
  const problem = findProblem(root, providers) ?? await findInTools(root);
  if (problem === undefined) {
    const tools = await readTools(root);
    return { ...toConfig(root), ...(tools === undefined ? {} : { tools }) };
  }
  const { lineOf } = await import("./locate.ts");
  const line = await lineOf(toml, problem.key);
  const { says, hint } = problem;
  throw new MekaError("config", `${path}:${line}: ${says}`, { hint });
}

type Complaint = Omit<Problem, "key">;

/** Most configs have none, and are read without the code for them. */
function hasTools(root: unknown): boolean {
  return entries(root).some(([key]) => key === "tools" || key === "mcp");
}

async function findInTools(root: unknown): Promise<Problem | undefined> {
  if (!hasTools(root)) return undefined;
  const { toolProblem } = await import("./tool_problem.ts");
  return toolProblem(root);
}

async function readTools(root: unknown): Promise<ToolTables | undefined> {
  if (!hasTools(root)) return undefined;
  const { readToolTables } = await import("./tool_tables.ts");
  return readToolTables(root);
}

function findProblem(
  root: unknown,
  providers: readonly string[],
): Problem | undefined {
  for (const [key, value] of entries(root)) {
    if (!TABLES.includes(key)) {
      const allowed = TABLES.join(", ");
      return {
        key: [key],
        says: `unknown key "${key}"; allowed are ${allowed}`,
      };
    }
    if (key !== "provider") continue;
    if (!isTable(value)) {
      return { key: [key], says: `"provider" must be a table: [provider]` };
    }
    for (const [name, setting] of entries(value)) {
      const complaint = settingComplaint(name, setting, providers);
      if (complaint !== undefined) return { key: [key, name], ...complaint };
    }
  }
  return undefined;
}

function settingComplaint(
  name: string,
  value: unknown,
  providers: readonly string[],
): Complaint | undefined {
  const key = `"provider.${name}"`;
  if (!isKey(name)) {
    const allowed = Object.keys(KEYS).join(", ");
    return { says: `unknown key ${key}; allowed are ${allowed}` };
  }
  const allowed = name === "name" ? providers.join(", ") : KEYS[name];
  if (typeof value !== "string") {
    return { says: `${key} must be a string: ${allowed}` };
  }
  switch (name) {
    case "base_url":
    case "issuer": {
      const problem = urlProblem(value);
      return problem && { ...problem, says: `${key} ${problem.says}` };
    }
    case "name":
      if (providers.includes(value)) return undefined;
      break;
    case "effort":
      if (isEffort(value)) return undefined;
      break;
    case "model":
      if (value.trim() !== "") return undefined;
      break;
    case "api_key":
      // Never quoted: it may be a key with a slip in it.
      return /^[\x21-\x7e]+$/.test(value)
        ? undefined
        : { says: `${key} holds a character that no key has, or nothing` };
    default:
      name satisfies never;
  }
  return { says: `${key} cannot be "${value}"; allowed: ${allowed}` };
}

function toConfig(root: unknown): Config {
  const table = new Map(entries(new Map(entries(root)).get("provider")));
  const text = (key: keyof typeof KEYS): string | undefined => {
    const value = table.get(key);
    return typeof value === "string" ? value : undefined;
  };
  const [name, model, effort] = [text("name"), text("model"), text("effort")];
  const [baseUrl, issuer] = [text("base_url"), text("issuer")];
  const apiKey = text("api_key");
  return {
    ...(name === undefined ? {} : { name }),
    ...(model === undefined ? {} : { model }),
    ...(effort !== undefined && isEffort(effort) ? { effort } : {}),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

/** Tells whether a word is one of the efforts. */
export function isEffort(word: string): word is Effort {
  return EFFORTS.some((effort) => effort === word);
}

function isKey(name: string): name is keyof typeof KEYS {
  return Object.hasOwn(KEYS, name);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

function entries(value: unknown): [string, unknown][] {
  return isTable(value) ? Object.entries(value) : [];
}
