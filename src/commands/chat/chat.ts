import type { FlagName } from "../../cli/flags.ts";
import { MekaError } from "../../errors.ts";
import type { Part } from "../../message.ts";
import { conversationIds } from "../../store/listed.ts";
import { knownModel } from "../access.ts";
import { type CommandContext, note, warn } from "../context.ts";
import { openConversation } from "../conversation.ts";
import { type ProviderSettings, resolveProvider } from "../provider_run.ts";
import { shortIds } from "../session_words.ts";
import { openToolbox } from "../toolbox.ts";
import { openTurnRun, readTurnOptions, type TurnRun } from "../turn_run.ts";
import { Choice } from "./choice.ts";
import { greeting } from "./greeting.ts";
import { converse } from "./converse.ts";
import { withQuestions } from "./own_host.ts";
import { Talk } from "./talk.ts";
import { openView } from "./view.ts";

/** What a chat cannot honor, since its answers are for a person who talks on. */
const REFUSED = ["json", "schema"] as const satisfies readonly FlagName[];

/** A conversation with a person at a terminal, until they end it. */
export async function chat(context: CommandContext): Promise<number> {
  const { host, options } = context;
  refuse(context);
  const chosen = await resolveProvider(context);
  const turnOptions = readTurnOptions(context, chosen);
  const { settings } = chosen;
  host.prepareFetch(settings.baseUrl.value);
  const images = await readImages(context);
  await using run = await openTurnRun(context, chosen, turnOptions);
  await demandSignIn(run, context);
  const view = await openView(context);
  await using toolbox = await openToolbox({
    ...context,
    host: withQuestions(host, view.waiting),
  }, { settings, byDefault: "read" });
  const { permission } = toolbox;
  const choice = new Choice(
    { ...settings, permission },
    (model) => knownModel(run.access, model),
  );
  if (!options.has("quiet")) {
    const text = greeting(choice, settings.provider.value, context);
    await host.write({ to: "stderr", text });
  }
  const talk = await openTalk({ context, chosen, run, choice });
  const parts = { context, chosen, run, choice, talk, toolbox };
  const code = await converse(parts, { first: images, view });
  await sayGoodbye(talk, run, context);
  return code;
}

function refuse({ options }: CommandContext): void {
  const named = REFUSED.find((name) => options.has(name));
  if (named === undefined) return;
  throw new MekaError(
    "usage",
    `\`--${named}\` needs a prompt; without one, this is a chat`,
    { hint: `Pass one, as in \`meka --${named} … "say hi"\`` },
  );
}

/** What `--image` names, for the first message. */
async function readImages(
  { host, options }: CommandContext,
): Promise<readonly Part[]> {
  const paths = options.get("image") ?? [];
  if (paths.length === 0) return [];
  const { readImage } = await import("../attachments.ts");
  return await Array.fromAsync(paths, (path) => readImage(path, host));
}

/** Nobody should type for nothing. A refresh, which takes time, is left to the first turn. */
async function demandSignIn(
  { access }: TurnRun,
  context: CommandContext,
): Promise<void> {
  if (access.identity().refreshedAt !== undefined) return;
  const { warnings } = await access.credentials.current(context.host.interrupt);
  for (const warning of warnings) await warn(context, warning);
}

async function openTalk({ context, chosen, run, choice }: {
  readonly context: CommandContext;
  readonly chosen: ProviderSettings;
  readonly run: TurnRun;
  readonly choice: Choice;
}): Promise<Talk> {
  const { access } = run;
  const provider = chosen.settings.provider.value;
  const tell = (message: string): Promise<void> => note(context, message);
  // Other runs may go on with it while nothing is said here.
  await using opened = await openConversation(context, {
    access,
    provider,
    model: choice.model,
    note: tell,
  });
  const { warning, ...taken } = opened;
  if (warning !== undefined) await warn(context, warning);
  return new Talk(taken, {
    context,
    access,
    provider,
    model: () => choice.model,
    note: tell,
  });
}

async function sayGoodbye(
  { stored, conversation: { id } }: Talk,
  { access: { opened } }: TurnRun,
  context: CommandContext,
): Promise<void> {
  if (!stored || opened === undefined) return;
  try {
    const short = shortIds(conversationIds(opened.database)).get(id) ?? id;
    await note(context, `\`meka -r ${short}\` goes on with this conversation`);
  } catch {
    // A store that fails by now has been told of.
  }
}
