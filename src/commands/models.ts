import { MekaError } from "../errors.ts";
import { formatDuration } from "../http/backoff.ts";
import type { ModelInfo } from "../message.ts";
import {
  readCatalogue,
  type StoredCatalogue,
  writeCatalogue,
} from "../store/catalogues.ts";
import { explainDatabase } from "../store/database.ts";
import { type CommandContext, jsonLine, warn, warnOf } from "./context.ts";
import { openProvider, type ProviderRun } from "./provider_run.ts";
import { table } from "./table.ts";

/** Lists the models of the account, and keeps the list for the turns to come. */
export async function models(context: CommandContext): Promise<number> {
  const { host, options } = context;
  await using run = await openProvider(context);
  const catalogue = await refreshCatalogue(run, context);
  const listed = catalogue.models.filter((model) => model.listed);
  const text = options.has("json")
    ? jsonLine(toJson(listed, catalogue), context)
    : await toTable(listed, host.isTerminal("stdout"));
  await host.write({ to: "stdout", text });
  if (listed.length === 0) await warn(context, "The account has no models");
  return 0;
}

/**
 * Fetches the account's list and keeps it. Where it cannot be had the kept one stands in, with a warning.
 *
 * @throws {MekaError} when there is no kept one either.
 */
export async function refreshCatalogue(
  run: ProviderRun,
  context: CommandContext,
): Promise<StoredCatalogue> {
  const { host } = context;
  if (run.provider.catalogue === undefined) {
    throw new MekaError(
      "usage",
      `${run.settings.provider.value} has no list of models`,
    );
  }
  try {
    const { value, warnings } = await run.ask(run.provider.catalogue);
    for (const warning of warnings) await warn(context, warning);
    const catalogue = { ...value, toldAt: host.now() };
    await keep(catalogue, run, context);
    return catalogue;
  } catch (error) {
    if (!(error instanceof MekaError)) throw error;
    const kept = keptCatalogue(run);
    const final = ["auth", "interrupted", "config"].includes(error.kind);
    if (final || kept === undefined) throw error;
    await warnOf(context, error);
    const age = formatDuration(host.now() - kept.toldAt);
    await warn(context, `The list of models is ${age} old`);
    return kept;
  }
}

async function keep(
  catalogue: StoredCatalogue,
  { access: { account } }: ProviderRun,
  context: CommandContext,
): Promise<void> {
  if (!account?.opened.writable) return;
  try {
    writeCatalogue(account.opened.database, account.owner, catalogue);
  } catch (error) {
    await warn(
      context,
      `Cannot keep the list of models: ${explainDatabase(error)}`,
    );
  }
}

function keptCatalogue(
  { access: { account } }: ProviderRun,
): StoredCatalogue | undefined {
  try {
    return account && readCatalogue(account.opened.database, account.owner);
  } catch {
    return undefined;
  }
}

function toJson(
  models: readonly ModelInfo[],
  { toldAt }: StoredCatalogue,
): unknown {
  return {
    models: models.map((model) => ({
      id: model.id,
      name: model.name,
      efforts: model.efforts,
      default_effort: model.defaultEffort ?? null,
      context_window: model.contextWindow ?? null,
      modalities: model.modalities,
    })),
    // The service puts first what it would choose itself.
    default_model: models[0]?.id ?? null,
    told_at: Math.floor(toldAt / 1000),
  };
}

async function toTable(
  models: readonly ModelInfo[],
  onTerminal: boolean,
): Promise<string> {
  // The efforts come last: their cell is the one that may be longer than the screen.
  const rows = models.map((model, at) => [
    at === 0 && onTerminal ? `${model.id}*` : model.id,
    model.contextWindow === undefined
      ? ""
      : `${Math.round(model.contextWindow / 1000)}k`,
    model.modalities.join(" "),
    model.efforts.map((effort) =>
      effort === model.defaultEffort ? `${effort}*` : effort
    ).join(" "),
  ]);
  const head = ["MODEL", "CONTEXT", "READS", "EFFORTS (* DEFAULT)"];
  return await table(head, rows, onTerminal);
}
