import { MekaError } from "../../errors.ts";
import type { AccountUsage, Credits, LimitWindow } from "../../event.ts";
import type { Question } from "../provider.ts";
import { endpoint, identify } from "./headers.ts";
import { limitWindow, number, object, parseObject, text } from "./wire.ts";

/** `GET /backend-api/wham/usage` (reference 14.3). */
export const usage: Question<AccountUsage> = {
  name: "the plan's usage",
  encode: (access) => {
    const headers = identify(access);
    headers.set("accept", "application/json");
    const { signal } = access;
    const url = endpoint(access.baseUrl, "wham/usage");
    return new Request(url, { headers, redirect: "manual", signal });
  },
  read: (body) => {
    const told = parseObject(body);
    if (told === undefined) {
      throw new MekaError("network", "The plan's usage cannot be read");
    }
    const limits = object(told.rate_limit) ?? {};
    return {
      plan: text(told.plan_type),
      limits: {
        primary: readWindow(limits.primary_window),
        secondary: readWindow(limits.secondary_window),
      },
      credits: readCredits(told.credits),
    };
  },
};

function readWindow(value: unknown): LimitWindow | undefined {
  const window = object(value) ?? {};
  const seconds = number(window.limit_window_seconds);
  return limitWindow(
    number(window.used_percent),
    seconds === undefined ? undefined : Math.round(seconds / 60),
    number(window.reset_at),
  );
}

/** Both switches are needed to tell anything (reference 14.1). */
function readCredits(value: unknown): Credits | undefined {
  const credits = object(value) ?? {};
  const { has_credits: has, unlimited } = credits;
  if (typeof has !== "boolean" || typeof unlimited !== "boolean") {
    return undefined;
  }
  const balance = text(credits.balance);
  return { hasCredits: has, unlimited, balance: balance || undefined };
}
