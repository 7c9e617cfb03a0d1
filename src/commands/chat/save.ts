import { MekaError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { type Chat, type ChatCommand, PROMPT, say } from "./command.ts";
import { answerOf } from "./exchange.ts";
import type { Talk } from "./talk.ts";

/** What stands before a file's name for the whole conversation. */
const ALL = /^(?:--all|-a)(?:\s+|$)/;

/** `/save`: the last answer, or all that was said, as a file. */
export const SAVE: ChatCommand = {
  argument: "[--all] FILE",
  help: "write the last answer, or all of it, to a file",
  run: async (typed, chat) => {
    const { context: { host, clean }, talk } = chat;
    const name = typed.replace(ALL, "");
    if (name === "") {
      throw new MekaError("usage", "`/save` needs the name of a file");
    }
    const text = ALL.test(typed)
      ? await wholeText(talk)
      : answerOf(talk.last?.items ?? []);
    if (text === "") {
      await say(chat, "There is nothing to save yet");
      return PROMPT;
    }
    const path = pathOf(name, host);
    if (!await mayWrite(path, chat)) return PROMPT;
    await write(path, `${text.trimEnd()}\n`, host);
    await say(chat, clean(`Written to ${path}`));
    return PROMPT;
  },
};

/** All of a conversation in Markdown; empty where nothing was said. */
async function wholeText(talk: Talk): Promise<string> {
  if (talk.last === undefined) return "";
  const { exportText } = await import("../session_export.ts");
  const how = { format: "markdown", onTerminal: false } as const;
  return await exportText(talk.transcript(), how);
}

/** Asks before a file is lost. */
async function mayWrite(
  path: string,
  { context: { host, clean } }: Chat,
): Promise<boolean> {
  if (await host.fileSize(path).catch(() => undefined) === undefined) {
    return true;
  }
  const dialog = await host.dialog();
  const question = clean(`There is a file ${path} already.`);
  const answer = await dialog.select(question, {
    choices: [
      { value: "keep", label: "Keep it" },
      { value: "replace", label: "Replace it" },
    ],
  });
  return answer === "replace";
}

async function write(path: string, text: string, host: Host): Promise<void> {
  try {
    await host.replaceFile(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown reason";
    throw new MekaError("usage", `Cannot write "${path}": ${why}`, {
      cause: error,
    });
  }
}

/** A file's name as a shell takes it: at home behind `~/`, else in the working folder. */
function pathOf(name: string, host: Host): string {
  const home = host.env("HOME") ?? host.env("USERPROFILE");
  if (/^~[\\/]/.test(name) && home !== undefined) {
    return `${home}${name.slice(1)}`;
  }
  const isAbsolute = name.startsWith("/") ||
    host.machine.os === "windows" && /^(?:[a-z]:[\\/]|\\)/i.test(name);
  return isAbsolute ? name : `${host.cwd()}/${name.replace(/^\.\//, "")}`;
}
