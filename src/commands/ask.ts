import { type FlagName, isFlagName } from "../cli/flags.ts";
import { readPrompt } from "../cli/input.ts";
import { shortHelp } from "../cli/help.ts";
import { databasePath } from "../config/paths.ts";
import type { Settings } from "../config/resolve.ts";
import { MekaError } from "../errors.ts";
import { type ModelInfo, type Part, type Turn, ULTRA } from "../message.ts";
import { FORMATS } from "../render/mod.ts";
import { usesColor } from "../render/uses_color.ts";
import { keepLimits } from "../store/limits.ts";
import { streamTurn } from "../stream_turn.ts";
import { type CommandContext, text } from "./context.ts";
import {
  accountModels,
  explainMissingModel,
  keepTold,
  knownModel,
  openAccess,
} from "./access.ts";
import { resolveProvider } from "./provider_run.ts";
import { newSession } from "./session_id.ts";

/** What the model is told when `--system` says nothing else. */
const INSTRUCTIONS =
  "You are used as a Unix filter: your answer goes to standard output, often into another program. " +
  "Answer with just what was asked for, without introduction or closing remark.";

/** One turn: `render(streamTurn(turn, context))`, each step pulling from the one inside it. */
export async function ask(context: CommandContext): Promise<number> {
  const { host, options } = context;
  if (wantsChat(context)) {
    await host.write({ to: "stderr", text: shortHelp() });
    return 2;
  }
  const { settings, provider, credential } = await resolveProvider(context);
  for (const [option, why] of Object.entries(provider.refuses)) {
    if (!isFlagName(option) || !options.has(option)) continue;
    throw new MekaError(
      "usage",
      `${settings.provider.value} ${why}; --${option} is not available for it`,
    );
  }
  const timeoutMs = readTimeout(context);
  host.prepareFetch(settings.baseUrl.value);
  const said = await readTurn(context, settings);
  await using access = await openAccess(context, {
    settings,
    credential,
    databasePath: databasePath(host),
    fetch: context.fetch,
  });
  if (said.model === "") {
    throw await explainMissingModel(access, host.interrupt);
  }
  const known = knownModel(access, said.model);
  const turn = { ...said, known, effort: chooseEffort(settings, known) };
  const format = FORMATS[options.has("json") ? "jsonl" : "text"]({
    stdoutIsTerminal: host.isTerminal("stdout"),
    color: usesColor(host),
    reasoning: options.has("reasoning"),
    usage: options.has("usage"),
    quiet: options.has("quiet"),
    clean: context.clean,
  });
  context.onFailure((error) => format.fail(error));
  const events = streamTurn(turn, {
    provider,
    providerName: settings.provider.value,
    host,
    fetch: access.fetch,
    credentials: access.credentials,
    baseUrl: settings.baseUrl.value,
    userAgent: context.userAgent,
    timeoutMs,
    accountModels: () => accountModels(access),
  });
  const tapped = keepLimits(
    events,
    (limits) => keepTold(access, limits, host.now()),
  );
  for await (const output of format.render(tapped)) await host.write(output);
  return 0;
}

/** A terminal with nothing to answer asks for a conversation, which this version cannot hold. */
function wantsChat({ host, options, words }: CommandContext): boolean {
  return words.length === 0 && !options.has("prompt") &&
    !options.has("no-stdin") && host.isTerminal("stdin");
}

async function readTurn(
  context: CommandContext,
  settings: Settings,
): Promise<Omit<Turn, "known" | "effort">> {
  const { host, options, words } = context;
  const maxTokens = readNumber(context, "max-tokens", {
    form: /^[1-9]\d*$/,
    what: "a whole number above 0",
  });
  const temperature = readNumber(context, "temperature", {
    form: /^(?:\d+\.?\d*|\.\d+)$/,
    what: "a number, 0 or above",
  });
  // Files first: a name that is wrong should not cost the reading of a long stdin.
  const { images, schema } = await readFiles(context);
  const typed = [...options.get("prompt") ?? [], ...words];
  const prompt = await readPrompt({
    prompt: typed.length === 0 ? undefined : typed.join(" "),
    noStdin: options.has("no-stdin"),
    note: async (message) => {
      if (options.has("quiet")) return;
      await host.write({ to: "stderr", text: `note: ${message}\n` });
    },
  }, host);
  return {
    model: settings.model?.value ?? "",
    instructions: text(context, "system")?.trim() || INSTRUCTIONS,
    items: [{
      type: "user",
      parts: [{ type: "text", text: prompt }, ...images],
    }],
    tools: [],
    search: false,
    schema,
    effortChosen: settings.effort.origin !== "default",
    whole: options.has("no-stream"),
    maxTokens,
    temperature,
    session: newSession(host),
  };
}

/**
 * The effort to ask for: what was set, if the model offers it. Where nobody set one, the model's own default stands in
 * for one that it does not offer.
 */
export function chooseEffort(
  { effort, model }: Pick<Settings, "effort" | "model">,
  known: ModelInfo | undefined,
): string {
  const { value, origin } = effort;
  const offered = known?.efforts ?? [];
  const sent = value === "ultra" ? known?.ultraEffort ?? ULTRA : value;
  if (
    offered.length === 0 || offered.includes(value) || offered.includes(sent)
  ) {
    return value;
  }
  if (origin === "default") return known?.defaultEffort ?? value;
  throw new MekaError(
    origin === "flag" ? "usage" : "config",
    `The model "${model?.value}" does not offer the effort "${value}"; it offers: ${
      offered.join(", ")
    }`,
  );
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

function readTimeout(context: CommandContext): number | undefined {
  const seconds = readNumber(context, "timeout", {
    form: /^(?=.*[1-9])\d*\.?\d+$/,
    what: "a number of seconds above 0",
  });
  return seconds === undefined ? undefined : seconds * 1000;
}

function readNumber(
  context: CommandContext,
  option: FlagName,
  { form, what }: { readonly form: RegExp; readonly what: string },
): number | undefined {
  const typed = text(context, option);
  if (typed === undefined) return undefined;
  if (form.test(typed.trim())) return Number(typed);
  throw new MekaError(
    "usage",
    `\`--${option}\` must be ${what}, not "${typed}"`,
  );
}
