import { type Entry, type GuardedFiles, Refusal } from "../host.ts";
import {
  type IgnoreRules,
  isIgnored,
  readIgnoreRules,
} from "./ignore_rules.ts";
import type { ToolContext } from "./tool.ts";

/** Deeper folders are passed over. */
const MOST_LEVELS = 64;
const LARGEST_RULES = 262_144;

/** The parameter that asks for what is ignored. */
export const IGNORED_PARAMETER = {
  type: "boolean",
  description: "Also what .gitignore passes over.",
} as const;

/** A file that was come by. */
export interface Found {
  /** Its real path. */
  readonly path: string;
  /** Its path from the folder where the walk began, with "/". */
  readonly name: string;
  /** It is a link to somewhere, which is not followed. */
  readonly isLink: boolean;
}

/** How a walk is to go. */
export interface WalkOptions {
  readonly files: GuardedFiles;
  readonly folders: ToolContext["folders"];
  /** Goes into what .gitignore files say is to be ignored, too. */
  readonly ignored: boolean;
  /** Awaited on the way; false ends the walk. */
  readonly turn: () => Promise<boolean>;
  /** What stands between the names in a real path. */
  readonly separator: "/" | "\\";
  /** Told of a folder that cannot be looked into. */
  readonly onSkip: (path: string) => void;
}

/** Goes through a folder and those in it, in the order of their names; links to folders are not followed. */
export async function* walk(
  path: string,
  options: WalkOptions,
): AsyncGenerator<Found, void, undefined> {
  const above = await rulesAbove(path, options);
  yield* walkFolder({ path, name: "", level: 0, ...above }, options);
}

/** A folder on the way. */
interface Folder {
  readonly path: string;
  /** Its path from where the walk began, and from where rules are looked up: "", or ending in "/". */
  readonly name: string;
  readonly fullName: string;
  readonly rules: readonly IgnoreRules[];
  readonly level: number;
}

async function* walkFolder(
  folder: Folder,
  options: WalkOptions,
): AsyncGenerator<Found, void, undefined> {
  if (!await options.turn()) return;
  const entries = look(folder.path, options);
  const rules = await withOwn(folder, entries, options);
  for (const { name, kind } of entries) {
    if (!await options.turn()) return;
    const fullName = `${folder.fullName}${name}${kind === "folder" ? "/" : ""}`;
    if (kind === "other" || isIgnored(fullName, rules)) continue;
    const path = `${folder.path.replace(/\/$/, "")}/${name}`;
    if (kind !== "folder") {
      yield { path, name: folder.name + name, isLink: kind === "link" };
    } else if (folder.level < MOST_LEVELS) {
      const inside = { path, fullName, rules, level: folder.level + 1 };
      yield* walkFolder({ ...inside, name: `${folder.name}${name}/` }, options);
    } else options.onSkip(path);
  }
}

function look(path: string, options: WalkOptions): readonly Entry[] {
  try {
    return options.files.list(path).entries;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    options.onSkip(path);
    return [];
  }
}

/** The rules for a folder, its own before those of the folders above. */
async function withOwn(
  { path, fullName, rules }: Folder,
  entries: readonly Entry[],
  options: WalkOptions,
): Promise<readonly IgnoreRules[]> {
  const isThere = entries.some(({ name, kind }) =>
    name === ".gitignore" && kind === "file"
  );
  if (!isThere || options.ignored) return rules;
  const own = await rulesOf(path, fullName, options.files);
  return own === undefined ? rules : [own, ...rules];
}

/** The rules of the folders above where a walk begins; none where they ignore that very folder, which was asked for. */
async function rulesAbove(
  path: string,
  { files, folders, ignored, separator }: WalkOptions,
): Promise<Pick<Folder, "fullName" | "rules">> {
  const root = folders.find((folder) =>
    path === folder || path.startsWith(folder.replace(/[\\/]$/, "") + separator)
  );
  const names = path.slice(root?.length ?? 0).split(separator)
    .filter((name) => name !== "");
  let rules: readonly IgnoreRules[] = [];
  let fullName = "";
  let at = root ?? path;
  for (const name of names) {
    const own = ignored ? undefined : await rulesOf(at, fullName, files);
    if (own !== undefined) rules = [own, ...rules];
    at = `${at.replace(/[\\/]$/, "")}${separator}${name}`;
    fullName = `${fullName}${name}/`;
    if (isIgnored(fullName, rules)) rules = [];
  }
  return { fullName, rules };
}

async function rulesOf(
  path: string,
  base: string,
  files: GuardedFiles,
): Promise<IgnoreRules | undefined> {
  let bytes: Uint8Array;
  try {
    ({ bytes } = files.read(`${path}/.gitignore`, LARGEST_RULES));
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
  return await readIgnoreRules(new TextDecoder().decode(bytes), base);
}
