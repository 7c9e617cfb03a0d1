import { MekaError } from "../errors.ts";
import { type LimitWindow, windowName } from "../event.ts";
import { formatLocalTime } from "../http/backoff.ts";
import { explainDatabase } from "../store/database.ts";
import { readUsage, type StoredUsage, writeUsage } from "../store/limits.ts";
import {
  type CommandContext,
  jsonLine,
  text as option,
  warn,
  warnOf,
} from "./context.ts";
import { openProvider, type ProviderRun } from "./provider_run.ts";
import {
  type Report,
  reportText,
  untilReset,
  usedText,
} from "./status_text.ts";

/** Tells who is signed in, what is set and by whom, and what is left of the plan. No model is called. */
export async function status(context: CommandContext): Promise<number> {
  const { host, options } = context;
  const limit = readFailOver(context);
  await using run = await openProvider(context);
  if (limit !== undefined && run.provider.usage === undefined) {
    throw new MekaError(
      "usage",
      `${run.settings.provider.value} tells no limits; --fail-over is not available for it`,
    );
  }
  const { report, error } = await gather(run, context);
  const text = options.has("json")
    ? jsonLine(toJson(report), context)
    : reportText(report, context);
  if (error !== undefined) {
    context.onFailure(() => [{ to: "stdout", text }]);
    throw error;
  }
  await host.write({ to: "stdout", text });
  if (limit !== undefined) {
    context.onFailure(() => []);
    checkLimits(report, limit, host.now());
  }
  return 0;
}

/** What can be told, and why it is not all. */
interface Gathered {
  readonly report: Report;
  /** Present when nobody is signed in. */
  readonly error: MekaError | undefined;
}

async function gather(
  run: ProviderRun,
  context: CommandContext,
): Promise<Gathered> {
  let told: StoredUsage | undefined;
  let error: MekaError | undefined;
  try {
    told = await askUsage(run, context);
  } catch (failure) {
    if (!(failure instanceof MekaError)) throw failure;
    if (failure.kind === "auth") error = failure;
    else {
      if (isFinal(failure) || !hasSignIn(run)) throw failure;
      told = keptUsage(run);
      await warnOf(context, failure);
    }
  }
  const { settings, credential, access } = run;
  // Last, since asking may have renewed it.
  const identity = access.identity();
  const signedIn = error === undefined;
  return {
    report: { settings, credential, told, signedIn, ...identity },
    error,
  };
}

/** Failures beside which there is nothing worth telling. */
function isFinal({ kind }: MekaError): boolean {
  return kind === "interrupted" || kind === "config";
}

/** False when the store cannot be opened, so that nobody knows. */
function hasSignIn({ access }: ProviderRun): boolean {
  return access.account !== undefined || access.given;
}

/** Asks the service, and keeps what it says for a time without a network. */
async function askUsage(
  run: ProviderRun,
  context: CommandContext,
): Promise<StoredUsage | undefined> {
  const { provider, access } = run;
  const { host } = context;
  if (provider.usage === undefined) {
    const { warnings } = await access.credentials.current(host.interrupt);
    for (const warning of warnings) await warn(context, warning);
    return undefined;
  }
  const { value, warnings } = await run.ask(provider.usage);
  for (const warning of warnings) await warn(context, warning);
  const told = { usage: value, toldAt: host.now() };
  const { account } = access;
  if (account?.opened.writable) {
    try {
      writeUsage(account.opened.database, account.owner, told);
    } catch (error) {
      await warn(context, `Cannot keep the limits: ${explainDatabase(error)}`);
    }
  }
  return told;
}

function keptUsage(
  { access: { account } }: ProviderRun,
): StoredUsage | undefined {
  try {
    return account && readUsage(account.opened.database, account.owner);
  } catch {
    return undefined;
  }
}

function readFailOver(context: CommandContext): number | undefined {
  const typed = option(context, "fail-over");
  if (typed === undefined) return undefined;
  const [, number] = /^(\d+(?:\.\d+)?)%?$/.exec(typed.trim()) ?? [];
  const percent = Number(number);
  if (percent <= 100) return percent;
  throw new MekaError(
    "usage",
    `\`--fail-over\` must be a percentage from 0 to 100, not "${typed}"`,
  );
}

function checkLimits(
  { told }: Report,
  percent: number,
  now: number,
): void {
  if (told === undefined) {
    throw new MekaError(
      "network",
      "The limits are not known, so `--fail-over` cannot be told",
    );
  }
  const { primary, secondary } = told.usage.limits;
  for (const window of [primary, secondary]) {
    if (window === undefined || untilReset(window, now) === 0) continue;
    if (window.usedPercent > percent) throw overLimit(window, percent, now);
  }
}

function overLimit(
  window: LimitWindow,
  percent: number,
  now: number,
): MekaError {
  const { resetsAt, windowMinutes } = window;
  const which = windowMinutes === undefined
    ? "A window"
    : `The ${windowName(windowMinutes)} window`;
  const left = untilReset(window, now);
  const retryAt = resetsAt === undefined ? undefined : resetsAt * 1000;
  const when = left === undefined || retryAt === undefined
    ? ""
    : `; it resets at ${formatLocalTime(retryAt)}, in ${left}`;
  return new MekaError(
    "limit",
    `${which} is ${usedText(window)} used, which is over ${percent}%${when}`,
    { retryAt },
  );
}

function toJson(report: Report): unknown {
  const { settings, told } = report;
  const { primary, secondary } = told?.usage.limits ?? {};
  const credits = told?.usage.credits;
  return {
    provider: settings.provider.value,
    model: settings.model?.value ?? null,
    effort: settings.effort.value,
    base_url: settings.baseUrl.value.href,
    signed_in: report.signedIn,
    account: {
      email: report.email ?? null,
      plan: told?.usage.plan ?? report.plan ?? null,
      id: report.accountId ?? null,
    },
    token: {
      expires_at: report.expiresAt ?? null,
      refreshed_at: seconds(report.refreshedAt),
    },
    limits: {
      primary: windowFields(primary),
      secondary: windowFields(secondary),
    },
    limits_told_at: seconds(told?.toldAt),
    credits: credits === undefined ? null : {
      has_credits: credits.hasCredits,
      unlimited: credits.unlimited,
      balance: credits.balance ?? null,
    },
    origins: {
      provider: settings.provider.origin,
      model: settings.model?.origin ?? null,
      effort: settings.effort.origin,
      base_url: settings.baseUrl.origin,
      ...report.key === undefined ? {} : { api_key: report.key },
    },
  };
}

function windowFields(window: LimitWindow | undefined): unknown {
  return window === undefined ? null : {
    used_percent: window.usedPercent,
    window_minutes: window.windowMinutes,
    resets_at: window.resetsAt,
  };
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1000);
}
