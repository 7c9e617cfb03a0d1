import { editFile } from "./edit_file.ts";
import { fetchUrl, type FetchUrlOptions } from "./fetch_url.ts";
import { listFiles } from "./list_files.ts";
import { readFile } from "./read_file.ts";
import { runCommand } from "./run_command.ts";
import { searchFiles } from "./search_files.ts";
import type { Tool } from "./tool.ts";
import { writeFile } from "./write_file.ts";

/** The tools that meka brings along; to be loaded only where there are any. What they need in turn is loaded by their calls. */
export function builtinTools(options: FetchUrlOptions): readonly Tool[] {
  return [
    readFile,
    listFiles,
    searchFiles,
    editFile,
    writeFile,
    runCommand,
    fetchUrl(options),
  ];
}
