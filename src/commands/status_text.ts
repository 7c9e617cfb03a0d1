import type { Setting, Settings } from "../config/resolve.ts";
import { type LimitWindow, windowName } from "../event.ts";
import { formatDuration, formatLocalTime } from "../http/backoff.ts";
import type { Credential } from "../message.ts";
import type { StoredUsage } from "../store/limits.ts";
import type { CommandContext } from "./context.ts";
import type { Identity } from "./sign_in.ts";

/** All that `meka status` can tell. */
export interface Report extends Identity {
  readonly settings: Settings;
  readonly signedIn: boolean;
  /** What it wants as proof. */
  readonly credential: Credential["type"];
  readonly told: StoredUsage | undefined;
}

/** What the service said longer ago than this is shown with its age, in milliseconds. */
const FRESH_MS = 5_000;
/** Cells of a full bar: the longest line then has 80. */
const BAR = 16;

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
  ];
  if (report.credential === "api_key") lines.push(["Key", key(report)]);
  else lines.push(["Account", account(report)]);
  if (report.signedIn && report.credential === "oauth") {
    lines.push(...tokenLines(report, now), ...limitLines(report, now));
  }
  return lines.map(([name, value]) => {
    // Cleaned word by word, since a bar and its number are aligned with spaces.
    const words = value.split(" ").map(clean);
    return `${name.padEnd(9)} ${words.join(" ")}\n`;
  }).join("");
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

/** How much of a window is used, to a tenth of a percent. */
export function usedText({ usedPercent }: LimitWindow): string {
  return `${Math.round(usedPercent * 10) / 10}%`;
}

function said(setting: Setting<string | URL>): string {
  const { value, origin } = setting;
  return `${value instanceof URL ? value.href : value} (${origin})`;
}

function account({ signedIn, email, plan, accountId, told }: Report): string {
  if (!signedIn) {
    return email === undefined ? "not signed in" : `not signed in (${email})`;
  }
  const parts = [
    email ?? "signed in",
    told?.usage.plan ?? plan,
    accountId === undefined ? undefined : shortened(accountId),
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function key({ key, settings }: Report): string {
  switch (key) {
    case undefined:
      return "none";
    case "none":
      return "none, and none needed";
    case "stored":
      return "stored by `meka setup`";
    default:
      return `set (${settings.apiKey?.origin})`;
  }
}

function shortened(id: string): string {
  return id.length > 12 ? `${id.slice(0, 8)}…` : id;
}

function tokenLines(
  { expiresAt, refreshedAt }: Report,
  now: number,
): (readonly [string, string])[] {
  const end = expiresAt === undefined
    ? "expiry not known"
    : `${expiresAt * 1000 <= now ? "expired" : "expires"} ${
      moment(expiresAt * 1000, now)
    }`;
  return refreshedAt === undefined
    ? [["Token", `${end}, from OPENAI_CODEX_TOKEN`]]
    : [["Token", end], ["Refreshed", moment(refreshedAt, now)]];
}

/** A time on the clock of this machine, and how far it is away. */
function moment(ms: number, now: number): string {
  const away = ms > now
    ? `in ${formatDuration(ms - now)}`
    : `${formatDuration(now - ms)} ago`;
  return `${formatLocalTime(ms)} (${away})`;
}

/** The windows of the plan, each with its name. */
export function limitLines(
  { told }: Pick<Report, "told">,
  now: number,
): (readonly [string, string])[] {
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
  return age <= FRESH_MS ? lines : [
    ...lines,
    ["As of", moment(told.toldAt, now)],
  ];
}

function windowTitle({ windowMinutes }: LimitWindow): string {
  if (windowMinutes === undefined) return "Limit";
  const name = windowName(windowMinutes);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function windowText(window: LimitWindow, now: number): string {
  const { usedPercent, resetsAt } = window;
  if (untilReset(window, now) === 0) return "has started anew since then";
  const filled = Math.min(
    BAR,
    Math.max(0, Math.round(usedPercent / 100 * BAR)),
  );
  const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
  const used = `${bar}${usedText(window).padStart(6)} used`;
  return resetsAt === undefined
    ? used
    : `${used}, resets ${moment(resetsAt * 1000, now)}`;
}
