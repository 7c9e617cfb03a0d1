import { MekaError } from "../errors.ts";
import { stripControl } from "../http/redact.ts";
import { readTranscript, type Transcript } from "../store/transcript.ts";
import { type CommandContext, text as option, warn } from "./context.ts";
import { transcriptFields } from "./session_json.ts";
import { transcriptMarkdown } from "./session_markdown.ts";
import { chosenBy, withStore } from "./session_store.ts";

/** What a conversation can be exported as. */
const FORMATS = ["markdown", "json"] as const;

type Format = typeof FORMATS[number];

/** The longest file that `meka session import` takes, in bytes. */
export const LONGEST_IMPORT = 256 * 1024 * 1024;

/** Writes all of a conversation, to stdout or to a file of its own. */
export async function sessionExport(context: CommandContext): Promise<number> {
  const { host } = context;
  const format = readFormat(context);
  const output = option(context, "output");
  const path = output === "-" ? undefined : output;
  if (path !== undefined) await demandFree(path, context);
  await withStore(context, async ({ database }) => {
    const transcript = readTranscript(database, chosenBy(context, database));
    const onTerminal = path === undefined && host.isTerminal("stdout");
    const text = await exportText(transcript, { format, onTerminal });
    if (path === undefined) await host.write({ to: "stdout", text });
    else await write(path, text, context);
    if (format === "json" && text.length > LONGEST_IMPORT) {
      await warn(context, "This is more than `meka session import` takes");
    }
  });
  return 0;
}

/** A conversation as it is exported. */
export async function exportText(
  transcript: Transcript,
  { format, onTerminal }: {
    readonly format: Format;
    readonly onTerminal: boolean;
  },
): Promise<string> {
  try {
    const text = format === "markdown"
      ? await transcriptMarkdown(transcript)
      : `${JSON.stringify(await transcriptFields(transcript), null, 2)}\n`;
    return onTerminal ? stripControl(text) : text;
  } catch (error) {
    // The runtime has no longer texts than some 500 million characters.
    if (!(error instanceof RangeError)) throw error;
    throw new MekaError(
      "internal",
      "Cannot export the conversation: it is too long for one text",
      { cause: error },
    );
  }
}

function readFormat(context: CommandContext): Format {
  const typed = option(context, "format") ?? "markdown";
  const format = FORMATS.find((name) => name === typed);
  if (format !== undefined) return format;
  throw new MekaError(
    "usage",
    `\`--format\` cannot be "${typed}"; allowed: ${FORMATS.join(", ")}`,
  );
}

async function demandFree(
  path: string,
  { host, options }: CommandContext,
): Promise<void> {
  if (path === "") throw new MekaError("usage", "`--output` names no file");
  if (options.has("force")) return;
  if (await host.fileSize(path).catch(() => undefined) === undefined) return;
  throw new MekaError("usage", `The file "${path}" is there already`, {
    hint: "Pass `--force` to put the export in its place",
  });
}

async function write(
  path: string,
  text: string,
  { host }: CommandContext,
): Promise<void> {
  try {
    await host.replaceFile(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown reason";
    throw new MekaError("internal", `Cannot write "${path}": ${why}`, {
      cause: error,
    });
  }
}
