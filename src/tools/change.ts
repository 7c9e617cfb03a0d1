import { type GuardedFiles, Refusal } from "../host.ts";
import { LARGEST_FILE } from "./read_file.ts";
import { type FileText, readFileText, stateOf } from "./text_file.ts";
import type { ToolContext } from "./tool.ts";

/** A file that may be changed. */
export interface Changeable extends FileText {
  /** Its real path. */
  readonly path: string;
}

/** Reads a file to change it: one that was read in this run before, and is still as it was then. */
export async function readToChange(
  path: string,
  { files, seen }: {
    readonly files: GuardedFiles;
    readonly seen: ToolContext["seen"];
  },
): Promise<Changeable> {
  const found = files.read(path, LARGEST_FILE);
  const state = seen.get(found.path);
  if (state === undefined) {
    throw new Refusal("it was not read yet; read it with read_file first");
  }
  if (state !== await stateOf(found.bytes)) {
    throw new Refusal("it has changed since it was read; read it again");
  }
  const text = readFileText(found.bytes);
  if (text === undefined) throw new Refusal("it is no UTF-8 text");
  return { path: found.path, ...text };
}
