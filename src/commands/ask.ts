import { readPrompt } from "../cli/input.ts";
import { shortHelp } from "../cli/help.ts";
import type { Settings } from "../config/resolve.ts";
import type { Part, Turn } from "../message.ts";
import { FORMATS } from "../render/mod.ts";
import { usesColor } from "../render/uses_color.ts";
import { type CommandContext, note, text } from "./context.ts";
import { openConversation } from "./conversation.ts";
import { resolveProvider } from "./provider_run.ts";
import type { Toolbox } from "./toolbox.ts";
import { openTurnRun, readTurnOptions } from "./turn_run.ts";

/** One turn: `render(record(toolLoop(turn)))`, each step pulling from the one inside it. */
export async function ask(context: CommandContext): Promise<number> {
  const { host, options } = context;
  if (wantsChat(context)) return await beginChat(context);
  const chosen = await resolveProvider(context);
  const turnOptions = readTurnOptions(context, chosen);
  const { settings } = chosen;
  host.prepareFetch(settings.baseUrl.value);
  const { parts, schema } = await readSaid(context);
  await using run = await openTurnRun(context, chosen, turnOptions);
  await using opened = await openConversation(context, {
    access: run.access,
    provider: settings.provider.value,
    model: settings.model?.value ?? "",
    note: (message) => note(context, message),
  });
  await using toolbox = options.has("permission")
    ? await openTools(context, settings)
    : undefined;
  const { tools, runner } = await toolbox?.at(toolbox.permission) ??
    NO_TOOLS;
  const turn = run.turn({ parts, schema, tools }, opened);
  const format = FORMATS[options.has("json") ? "jsonl" : "text"]({
    stdoutIsTerminal: host.isTerminal("stdout"),
    color: usesColor(host),
    reasoning: options.has("reasoning"),
    usage: options.has("usage"),
    quiet: options.has("quiet"),
    clean: context.clean,
  });
  context.onFailure((error) => format.fail(error));
  const events = run.answer(turn, opened, { runner });
  for await (const output of format.render(events)) await host.write(output);
  return 0;
}

const NO_TOOLS = { tools: [], runner: undefined } as const;

/** What has to do with tools is loaded only for a run that permits some. */
async function openTools(
  context: CommandContext,
  settings: Settings,
): Promise<Toolbox> {
  const { openToolbox } = await import("./toolbox.ts");
  return await openToolbox(context, { settings, byDefault: "none" });
}

/** A terminal with nothing to answer asks for a conversation. */
function wantsChat({ host, options, words }: CommandContext): boolean {
  return words.length === 0 && !options.has("prompt") &&
    !options.has("no-stdin") && host.isTerminal("stdin");
}

/** A person who sees both what is asked and what is answered. */
async function beginChat(context: CommandContext): Promise<number> {
  const { host } = context;
  if (!host.isTerminal("stdout") || !host.isTerminal("stderr")) {
    await host.write({ to: "stderr", text: shortHelp() });
    return 2;
  }
  const { chat } = await import("./chat/chat.ts");
  return await chat(context);
}

interface Said {
  readonly parts: readonly Part[];
  readonly schema: Turn["schema"];
}

async function readSaid(context: CommandContext): Promise<Said> {
  const { host, options, words } = context;
  // Files first: a name that is wrong should not cost the reading of a long stdin.
  const { images, schema } = await readFiles(context);
  const typed = [...options.get("prompt") ?? [], ...words];
  const prompt = await readPrompt({
    prompt: typed.length === 0 ? undefined : typed.join(" "),
    noStdin: options.has("no-stdin"),
    note: (message) => note(context, message),
  }, host);
  return { parts: [{ type: "text", text: prompt }, ...images], schema };
}

/** The files of `--image` and `--schema`; what reads them is loaded when there are any. */
async function readFiles(
  context: CommandContext,
): Promise<{ images: readonly Part[]; schema: Turn["schema"] }> {
  const { host, options } = context;
  const images = options.get("image") ?? [];
  const schema = text(context, "schema");
  if (images.length === 0 && schema === undefined) {
    return { images: [], schema: undefined };
  }
  const { readImage, readSchema } = await import("./attachments.ts");
  return {
    images: await Array.fromAsync(images, (path) => readImage(path, host)),
    schema: schema === undefined ? undefined : await readSchema(schema, host),
  };
}
