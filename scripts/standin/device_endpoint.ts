// deno-lint-ignore-file camelcase -- names are the server's
import { isCodexName } from "./authorize.ts";
import type { CodeBook } from "./codes.ts";
import {
  DEVICE_LIFETIME_MS,
  DeviceBook,
  type DeviceSignIn,
} from "./device_codes.ts";
import {
  deniedReply,
  pendingReply,
  POLL_FAILURES,
  USERCODE_FAILURES,
} from "./device_replies.ts";
import { jsonFields, mediaType } from "./form.ts";
import { devicePage, messagePage } from "./pages.ts";
import { Plan } from "./plan.ts";
import { type Exchange, type OpenRecord, silence } from "./record.ts";
import { codedError, dropped } from "./token_replies.ts";
import { base64url, CLIENT_ID, randomText } from "./tokens.ts";

/**
 * What a sign-in by device code can be told to do, chosen when its code is asked for.
 *
 * `ok` waits for the person (or `approveDeviceAfter`). `off`, `refused`, `server_error`, `challenge`, `drop` and `hang`
 * fail at `usercode`. `number_interval`, `both_names` and `alias` are odd answers of it, then as `ok`. `expired` and
 * `refused_…` end at the second poll; at that poll too, the `poll_…` ones fail once, and wait for the person after it.
 */
export const DEVICE_OUTCOMES = [
  "ok",
  "off",
  "refused",
  "refused_400",
  "refused_401",
  "refused_410",
  "expired",
  "number_interval",
  "both_names",
  "alias",
  "server_error",
  "challenge",
  "drop",
  "hang",
  "poll_server_error",
  "poll_challenge",
  "poll_drop",
  "poll_hang",
] as const;

type Outcome = typeof DEVICE_OUTCOMES[number];

/** What sign-ins by device code depend on. */
export interface DeviceOptions {
  readonly codes: CodeBook;
  /** The origin of the issuer. */
  readonly origin: () => string;
  /** Seconds between polls, as the text that is sent. */
  readonly interval: string;
  /** After so many polls the person counts as having approved. */
  readonly approveAfter: number;
}

/** Sign-in by device code (reference, section 3.7). */
export class DeviceEndpoint {
  readonly plan: Plan<Outcome> = new Plan(DEVICE_OUTCOMES, "ok");
  readonly #options: DeviceOptions;
  readonly #book = new DeviceBook<Outcome>();

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  /** Answers `POST /api/accounts/deviceauth/usercode`. */
  async userCode(exchange: Exchange): Promise<Response> {
    const fields = read(exchange.record, ["client_id"]);
    if (fields?.["client_id"] !== CLIENT_ID) {
      exchange.record.violations.push(`client_id is not "${CLIENT_ID}"`);
      return codedError("invalid_request", "Invalid client_id", 400);
    }
    const outcome = this.plan.next();
    if (outcome === "hang") return await silence(exchange);
    if (fails(outcome)) return USERCODE_FAILURES[outcome]();
    const signIn = this.#book.open(outcome, exchange.record.at);
    const { id: device_auth_id, userCode } = signIn;
    const { interval } = this.#options;
    return Response.json({
      device_auth_id,
      ...(outcome === "alias" ? {} : { user_code: userCode }),
      ...(outcome === "alias" || outcome === "both_names"
        ? { usercode: userCode }
        : {}),
      interval: outcome === "number_interval" ? Number(interval) : interval,
    }, { headers: { "cache-control": "no-store" } });
  }

  /** Answers `POST /api/accounts/deviceauth/token`. */
  async token(exchange: Exchange): Promise<Response> {
    const { record } = exchange;
    const fields = read(record, ["device_auth_id", "user_code"]);
    const signIn = this.#book.byId(
      fields?.["device_auth_id"] ?? "",
      fields?.["user_code"] ?? "",
    );
    if (signIn === undefined) {
      record.violations.push("poll for an unknown device code");
      return codedError("invalid_request", "Unknown device code", 400);
    }
    record.violations.push(...this.#pollProblems(signIn, record.at));
    signIn.polls++;
    signIn.lastPollAt = record.at;
    if (signIn.over) {
      return codedError("invalid_request", "This sign-in has ended", 400);
    }
    if (record.at - signIn.startedAt > DEVICE_LIFETIME_MS) {
      signIn.over = true;
      return POLL_FAILURES.expired();
    }
    if (signIn.polls === 2) {
      const { outcome } = signIn;
      if (ends(outcome)) {
        signIn.over = true;
        return POLL_FAILURES[outcome]();
      }
      if (outcome === "poll_hang") return await silence(exchange);
      if (outcome === "poll_drop") return dropped();
      if (outcome === "poll_challenge") return USERCODE_FAILURES.challenge();
      if (outcome === "poll_server_error") {
        return USERCODE_FAILURES.server_error();
      }
    }
    if (signIn.decision === "deny") {
      signIn.over = true;
      return deniedReply();
    }
    const approved = signIn.decision === "approve" ||
      (signIn.polls > this.#options.approveAfter && !ends(signIn.outcome));
    if (!approved) return pendingReply(signIn.polls);
    signIn.over = true;
    return await this.#success();
  }

  /** Answers `GET /codex/device`: where the person types the code. */
  page(): Response {
    return html(devicePage(), 200);
  }

  /** Answers the form of that page. */
  decide({ record }: Exchange): Response {
    const form = new URLSearchParams(record.body);
    const signIn = this.#book.typed(form.get("user_code") ?? "", record.at);
    const decision = form.get("decision");
    if (signIn === undefined) {
      return html(
        devicePage("This code is not known, has been used or is too old."),
        400,
      );
    }
    if (decision !== "approve" && decision !== "deny") {
      return html(devicePage("Press one of the buttons."), 400);
    }
    signIn.decision = decision;
    return html(
      decision === "approve"
        ? messagePage("Signed in", "You can go back to the terminal.")
        : messagePage("Cancelled", "Nobody was signed in."),
      200,
    );
  }

  #pollProblems(signIn: DeviceSignIn<Outcome>, now: number): string[] {
    const problems: string[] = [];
    const interval = Number(this.#options.interval) * 1000;
    const since = now - (signIn.lastPollAt ?? -Infinity);
    // Timers and the way here differ a little; a tenth is more than they do.
    if (since < interval * 0.9) {
      problems.push(`polled after ${since} ms, the interval is ${interval} ms`);
    }
    if (signIn.over) problems.push("polled after the sign-in had ended");
    if (now - signIn.startedAt > DEVICE_LIFETIME_MS + interval + 1000) {
      problems.push("polled after the 15 minutes of the code");
    }
    return problems;
  }

  async #success(): Promise<Response> {
    const code_verifier = randomText(64);
    const digest = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode(code_verifier),
    );
    const code_challenge = base64url(new Uint8Array(digest));
    const authorization_code = this.#options.codes.issue({
      redirectUri: `${this.#options.origin()}/deviceauth/callback`,
      challenge: code_challenge,
      state: "",
      scope: "",
    });
    return Response.json({ authorization_code, code_challenge, code_verifier });
  }
}

/** Reads the JSON of a request, which has just these fields. */
function read(
  record: OpenRecord,
  names: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const { headers, violations } = record;
  for (const name of ["authorization", "cookie"]) {
    if (headers.has(name)) violations.push(`${name} header on ${record.path}`);
  }
  for (const name of ["originator", "user-agent"]) {
    const value = headers.get(name) ?? "";
    if (isCodexName(value)) violations.push(`${name} poses as "${value}"`);
  }
  const type = mediaType(headers);
  if (type !== "application/json") violations.push(`content-type is "${type}"`);
  const fields = jsonFields(record.body);
  const given = [...fields?.keys() ?? []].toSorted().join();
  if (given !== names.toSorted().join()) {
    violations.push(`the fields are ${given}, not ${names.join()}`);
    return undefined;
  }
  return Object.fromEntries(fields ?? []);
}

function fails(outcome: Outcome): outcome is keyof typeof USERCODE_FAILURES {
  return Object.hasOwn(USERCODE_FAILURES, outcome);
}

function ends(outcome: Outcome): outcome is keyof typeof POLL_FAILURES {
  return Object.hasOwn(POLL_FAILURES, outcome);
}

function html(text: string, status: number): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
  });
}
