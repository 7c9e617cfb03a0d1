import type { Setting, Settings } from "../config/resolve.ts";
import { type LimitWindow, windowName } from "../event.ts";
import { formatDuration, formatLocalTime } from "../http/backoff.ts";
import type { StoredUsage } from "../store/limits.ts";
import type { CommandContext } from "./context.ts";

/** All that `meka status` can tell. */
export interface Report {
  readonly settings: Settings;
  readonly signedIn: boolean;
  readonly email: string | undefined;
  readonly plan: string | undefined;
  readonly accountId: string | undefined;
  /** Epoch seconds. */
  readonly expiresAt: number | undefined;
  /** Epoch milliseconds. */
  readonly refreshedAt: number | undefined;
  readonly told: StoredUsage | undefined;
}

/** What the service said longer ago than this is shown with its age, in milliseconds. */
const FRESH_MS = 5_000;
/** Cells of a full bar. */
const BAR = 20;

/** The report for people, a fact a line. */
export function reportText(
  report: Report,
  { host, clean }: Pick<CommandContext, "host" | "clean">,
): string {
  const now = host.now();
  const { settings } = report;
  const lines: (readonly [string, string])[] = [
    ["Provider", said(settings.provider)],
    ["Model", settings.model === undefined ? "none" : said(settings.model)],
    ["Effort", said(settings.effort)],
    ["Base URL", said(settings.baseUrl)],
    ["Account", account(report)],
  ];
  if (report.signedIn) lines.push(["Token", token(report, now)]);
  lines.push(...limitLines(report, now));
  return lines.map(([name, value]) => `${name.padEnd(9)} ${clean(value)}\n`)
    .join("");
}

/** How long until a window starts anew; 0 when it has, undefined when nobody said when it will. */
export function untilReset(
  { resetsAt }: LimitWindow,
  now: number,
): string | 0 | undefined {
  if (resetsAt === undefined) return undefined;
  const left = resetsAt * 1000 - now;
  return left <= 0 ? 0 : formatDuration(left);
}

function said(setting: Setting<string | URL>): string {
  const { value, origin } = setting;
  return `${value instanceof URL ? value.href : value} (${origin})`;
}

function account({ signedIn, email, plan, accountId, told }: Report): string {
  if (!signedIn) return "not signed in";
  const parts = [
    email ?? "signed in",
    told?.usage.plan ?? plan,
    accountId === undefined ? undefined : shortened(accountId),
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function shortened(id: string): string {
  return id.length > 12 ? `${id.slice(0, 8)}…` : id;
}

function token({ expiresAt, refreshedAt }: Report, now: number): string {
  const end = expiresAt === undefined
    ? "expiry not known"
    : expiresAt * 1000 <= now
    ? `expired ${formatLocalTime(expiresAt * 1000)}`
    : `expires ${formatLocalTime(expiresAt * 1000)} (in ${
      formatDuration(expiresAt * 1000 - now)
    })`;
  return refreshedAt === undefined
    ? `${end}, from the environment`
    : `${end}, last refreshed ${formatLocalTime(refreshedAt)}`;
}

function limitLines(
  { signedIn, told }: Report,
  now: number,
): (readonly [string, string])[] {
  if (!signedIn) return [];
  if (told === undefined) return [["Limits", "not known"]];
  const { limits: { primary, secondary }, credits } = told.usage;
  const windows = [primary, secondary].filter((window) => window !== undefined);
  const lines = windows.map((window) =>
    [windowTitle(window), windowText(window, now)] as const
  );
  if (lines.length === 0) lines.push(["Limits", "none told"]);
  if (credits !== undefined) {
    const { unlimited, hasCredits, balance } = credits;
    const text = unlimited
      ? "unlimited"
      : hasCredits
      ? balance ?? "yes"
      : "none";
    lines.push(["Credits", text]);
  }
  const age = now - told.toldAt;
  return age <= FRESH_MS ? lines : [...lines, [
    "As of",
    `${formatLocalTime(told.toldAt)}, ${formatDuration(age)} ago`,
  ]];
}

function windowTitle({ windowMinutes }: LimitWindow): string {
  if (windowMinutes === undefined) return "Limit";
  const name = windowName(windowMinutes);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function windowText(window: LimitWindow, now: number): string {
  const { usedPercent, resetsAt } = window;
  const left = untilReset(window, now);
  if (left === 0) return "has started anew since it was told";
  const filled = Math.min(
    BAR,
    Math.max(0, Math.round(usedPercent / 100 * BAR)),
  );
  const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
  const percent = `${Math.round(usedPercent * 10) / 10}%`.padStart(6);
  if (left === undefined || resetsAt === undefined) {
    return `${bar}${percent} used`;
  }
  return `${bar}${percent} used, resets ${
    formatLocalTime(resetsAt * 1000)
  } (in ${left})`;
}
