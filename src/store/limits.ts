import type {
  AccountUsage,
  Credits,
  EventBatch,
  Limits,
  LimitWindow,
} from "../event.ts";
import type { Owner } from "./catalogues.ts";
import type { Database } from "./database.ts";

/** What is left of a plan, and when the service said so, in epoch milliseconds. */
export interface StoredUsage {
  readonly usage: AccountUsage;
  readonly toldAt: number;
}

/** Keeps what an account was told last. Losing it in a power cut is no harm, so this does not wait for the disk. */
export function writeUsage(
  database: Database,
  { provider, accountId }: Owner,
  { usage, toldAt }: StoredUsage,
): void {
  database.exec("PRAGMA synchronous = NORMAL");
  try {
    database.prepare(`
      INSERT OR REPLACE INTO limits (provider, account_id, told_at, usage) VALUES (?, ?, ?, ?)
    `).run(provider, accountId ?? null, toldAt, JSON.stringify(usage));
  } finally {
    // Rotated tokens must be on the disk before they are used.
    database.exec("PRAGMA synchronous = FULL");
  }
}

/** What the account was told last, or undefined when nothing was. */
export function readUsage(
  database: Database,
  { provider, accountId }: Owner,
): StoredUsage | undefined {
  const row = database.prepare(
    "SELECT told_at, usage FROM limits WHERE provider = ? AND account_id IS ?",
  ).get(provider, accountId ?? null);
  if (row === undefined) return undefined;
  const usage: unknown = JSON.parse(String(row.usage));
  return { usage: toUsage(usage), toldAt: Number(row.told_at) };
}

/** Taps a turn's events for what they tell about limits, and hands on the last of it when the turn ends, however. */
export async function* keepLimits(
  events: AsyncIterable<EventBatch>,
  keep: (limits: Limits) => void,
): AsyncGenerator<EventBatch, void, undefined> {
  let last: Limits | undefined;
  try {
    for await (const batch of events) {
      for (const event of batch) {
        if (event.type === "limits") last = event.limits;
      }
      yield batch;
    }
  } finally {
    if (last !== undefined) keep(last);
  }
}

function toUsage(value: unknown): AccountUsage {
  const usage = fields(value);
  const limits = fields(usage.limits);
  return {
    plan: typeof usage.plan === "string" ? usage.plan : undefined,
    limits: {
      primary: toWindow(limits.primary),
      secondary: toWindow(limits.secondary),
    },
    credits: toCredits(usage.credits),
  };
}

function toWindow(value: unknown): LimitWindow | undefined {
  const { usedPercent, windowMinutes, resetsAt } = fields(value);
  if (typeof usedPercent !== "number") return undefined;
  return {
    usedPercent,
    windowMinutes: number(windowMinutes),
    resetsAt: number(resetsAt),
  };
}

function toCredits(value: unknown): Credits | undefined {
  if (value === undefined) return undefined;
  const { hasCredits, unlimited, balance } = fields(value);
  return {
    hasCredits: hasCredits === true,
    unlimited: unlimited === true,
    balance: typeof balance === "string" ? balance : undefined,
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
