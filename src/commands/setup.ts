import { readProvider } from "../config/edit.ts";
import { configPath } from "../config/paths.ts";
import { readConfigText } from "../config/read_config_text.ts";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import type { ModelInfo } from "../message.ts";
import type { TokenRow } from "../store/tokens.ts";
import { type CommandContext, text as option, warnOf } from "./context.ts";
import { refreshCatalogue } from "./models.ts";
import { openProvider } from "./provider_run.ts";
import {
  checkBaseUrl,
  checkResult,
  type ConfigFile,
  demandModel,
  findIssuer,
  knownModel,
  type ModelChoice,
  planChanges,
  PROVIDER,
  readOptions,
  type SetupOptions,
  writeConfig,
} from "./setup_plan.ts";
import { ensureSignedIn } from "./setup_session.ts";
import { Wizard } from "./wizard.ts";

/** The ways to get answers, in the order of the wizard. */
const PROVIDER_CHOICES = [
  { name: PROVIDER, label: "openai-codex (ChatGPT subscription login)" },
  { name: "openai-api", label: "openai-api (API key)" },
] as const;

/**
 * Signs in and writes the config. All that can be refused is refused before a page is opened. On a terminal what no
 * option says is asked, and an interrupt leaves everything as it was.
 */
export async function setup(context: CommandContext): Promise<number> {
  const { host } = context;
  if (option(context, "provider") === "openai-api") {
    return await setUpKey(context);
  }
  if (context.options.has("api-key-stdin")) {
    throw new MekaError(
      "usage",
      `${PROVIDER} takes no key; --api-key-stdin is not available for it`,
      { hint: "Name the provider: `--provider openai-api`" },
    );
  }
  const options = readOptions(context);
  const file: ConfigFile = { host, path: configPath(host) };
  const text = await readConfigText(file.path, host) ?? "";
  const present = await readProvider(text, file.path);
  const issuer = findIssuer(host, present);
  checkBaseUrl(options, present, host);
  const wizard = isInteractive(host) ? new Wizard(host) : undefined;
  if (wizard === undefined) demandModel(options, present, host);
  const draft = { model: knownModel(options, present, host) ?? "undecided" };
  const drafted = planChanges(options, draft, present);
  const configText = await checkResult(text, drafted, file);

  if (option(context, "provider") === undefined) {
    const chosen = await wizard?.provider(PROVIDER_CHOICES);
    if (chosen === "openai-api") return await setUpKey(context, wizard);
  }
  const session = await ensureSignedIn(issuer, wizard, context);
  try {
    const models = await listModels(context, configText);
    const choice = await chooseModel(options, {
      present,
      host,
      wizard,
      models,
    });
    const changes = planChanges(options, choice, present);
    if (wizard?.asked) {
      await wizard.confirm(summary(session.row, choice), file.path);
    }
    await writeConfig(changes, file);
  } catch (error) {
    if (error instanceof MekaError && error.kind === "interrupted") {
      await session.undo();
    }
    throw error;
  }
  const { who, where, tryIt } = farewell(session.row, file.path);
  if (wizard?.asked) wizard.end(who, tryIt);
  else await say(host, `${who}\n${where}\n${tryIt}\n`);
  return 0;
}

async function setUpKey(
  context: CommandContext,
  wizard?: Wizard,
): Promise<number> {
  const { setupApiKey } = await import("./setup_api_key.ts");
  return await setupApiKey(context, wizard);
}

function isInteractive(host: Host): boolean {
  return host.isTerminal("stdin") && host.isTerminal("stderr");
}

async function chooseModel(
  options: SetupOptions,
  { present, host, wizard, models }: {
    readonly present: ReadonlyMap<string, string>;
    readonly host: Host;
    readonly wizard: Wizard | undefined;
    readonly models: readonly ModelInfo[];
  },
): Promise<ModelChoice> {
  const { model, effort } = options;
  if (model !== undefined) return { model, effort };
  const known = knownModel(options, present, host);
  if (wizard === undefined) return { model: known ?? "", effort };
  const listed = models.filter((info) => info.listed);
  const chosen = await wizard.model(listed, known);
  if (effort !== undefined) return { model: chosen, effort };
  const info = models.find(({ id }) => id === chosen);
  const asked = await wizard.effort(info, present.get("effort"));
  return { model: chosen, effort: asked };
}

/** The account's models, kept for the turns to come; a list that cannot be had is a warning. */
async function listModels(
  context: CommandContext,
  configText: string,
): Promise<readonly ModelInfo[]> {
  const options = new Map(context.options).set("provider", [PROVIDER]);
  await using run = await openProvider({ ...context, options }, configText);
  try {
    return (await refreshCatalogue(run, context)).models;
  } catch (error) {
    if (!(error instanceof MekaError) || error.kind === "interrupted") {
      throw error;
    }
    await warnOf(context, error);
    return [];
  }
}

function summary(row: TokenRow, { model, effort }: ModelChoice): string {
  const lines = [
    `Provider  ${PROVIDER}`,
    `Account   ${row.email ?? "signed in"}`,
    `Model     ${model}`,
    ...effort === undefined ? [] : [`Effort    ${effort}`],
  ];
  return lines.join("\n");
}

function farewell(
  row: TokenRow,
  config: string,
): { readonly who: string; readonly where: string; readonly tryIt: string } {
  const name = row.email === undefined ? "" : ` as ${row.email}`;
  const plan = row.plan === undefined ? "" : ` (plan: ${row.plan})`;
  return {
    who: `Signed in${name}${plan}.`,
    where: `Config: ${config}`,
    tryIt: 'Try it: meka "Say hello"',
  };
}

async function say(host: Host, text: string): Promise<void> {
  await host.write({ to: "stderr", text: stripControl(text) });
}
