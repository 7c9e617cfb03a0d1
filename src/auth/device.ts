import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { type AuthorizationCode, codeFromIssuer } from "./authorize.ts";
import {
  challenged,
  isChallenge,
  type IssuerContext,
  issuerUrl,
  postJson,
  type Reply,
  unreachable,
} from "./issuer.ts";
import { refusedSignIn } from "./token.ts";
import {
  type DeviceCode,
  type DeviceGrant,
  devicePollBody,
  deviceStartBody,
  readDeviceCode,
  readDeviceGrant,
  readErrorCode,
  readErrorDescription,
} from "./wire.ts";

/** How long the issuer keeps a code. */
const TIME_LIMIT_MS = 15 * 60 * 1000;

/** A network may come and go within that time; after so many lost questions in a row it is gone. */
const MOST_LOST = 3;

const ACTION = "sign in with a device code";

const ALLOWED =
  "Device code sign-in must be allowed in ChatGPT's security settings; a workspace may forbid it";

/** Names the other ways in. */
const OTHER_WAYS =
  "Run `meka setup` to sign in with a browser on this machine, or `meka setup --no-browser` to paste what a browser on another one shows";

/** What a sign-in with a device code needs. */
export interface DeviceContext extends IssuerContext {
  readonly host: Pick<
    Host,
    "now" | "elapsed" | "sleep" | "write" | "isTerminal"
  >;
  /** Told the secrets before they are used. */
  hide(...secrets: readonly string[]): void;
}

/** A code to exchange, with what the exchange must name. */
export interface DeviceAnswer {
  readonly code: AuthorizationCode;
  readonly redirectUri: string;
  readonly verifier: string;
}

/** How a sign-in with a device code ended; after a refusal another way may still work. */
export type DeviceResult =
  | { readonly type: "answer"; readonly answer: DeviceAnswer }
  | { readonly type: "refused"; readonly error: MekaError };

/**
 * Shows a code for a person to enter on another device, and asks the issuer until that was done.
 *
 * @throws {MekaError} "auth" when the code was refused or not entered in 15 minutes, "network" or "blocked" when the
 * issuer cannot be asked; the reason of the signal.
 */
export async function awaitDevice(
  context: DeviceContext,
): Promise<DeviceResult> {
  const reply = await start(context);
  if (!reply.ok) {
    if (isTransient(reply)) throw refusedSignIn(reply);
    return { type: "refused", error: notAllowed(reply) };
  }
  const device = demandFields(readDeviceCode(reply.body));
  context.hide(device.id);
  await show(device, context);
  const grant = await poll(device, context);
  if (grant instanceof MekaError) return { type: "refused", error: grant };
  context.hide(grant.code, grant.verifier);
  return {
    type: "answer",
    answer: {
      code: codeFromIssuer(grant.code, context.issuer),
      redirectUri: issuerUrl(context.issuer, "/deviceauth/callback").href,
      verifier: grant.verifier,
    },
  };
}

async function start(context: DeviceContext): Promise<Reply> {
  try {
    return demandIssuer(
      await postJson(
        "/api/accounts/deviceauth/usercode",
        deviceStartBody(),
        context,
      ),
    );
  } catch (error) {
    context.signal.throwIfAborted();
    throw lost(error, context);
  }
}

async function show(device: DeviceCode, context: DeviceContext): Promise<void> {
  const page = issuerUrl(context.issuer, "/codex/device").href;
  await say(
    context,
    `Open this page on any device:\n${page}\n\n` +
      `and enter this code, which is for you alone:\n\n    ${device.userCode}\n\n` +
      `${ALLOWED.replace("; ", ";\n")}.\n`,
  );
}

/** Asks until the code was entered or refused, and shows meanwhile how much time is left. */
async function poll(
  device: DeviceCode,
  context: DeviceContext,
): Promise<DeviceGrant | MekaError> {
  const { host } = context;
  const redraw = host.isTerminal("stderr");
  if (!redraw) {
    await say(
      context,
      `Waiting for you there, ${TIME_LIMIT_MS / 60_000} minutes at most.\n`,
    );
  }
  const end = host.elapsed() + TIME_LIMIT_MS;
  try {
    for (let failures = 0;;) {
      const left = end - host.elapsed();
      if (left <= 0) throw expired();
      // Over the line before, and never shorter than it.
      if (redraw) {
        await say(context, `\rWaiting for you there: ${clock(left)} left `);
      }
      await host.sleep(Math.min(device.intervalMs, left), context.signal);
      const reply = await question(device, context);
      failures = reply instanceof MekaError ? failures + 1 : 0;
      if (reply instanceof MekaError) {
        if (failures >= MOST_LOST) throw reply;
        continue;
      }
      if (reply.ok) return demandFields(readDeviceGrant(reply.body));
      // Reference, section 3.7: these two mean "not yet".
      if (reply.status !== 403 && reply.status !== 404) {
        return endOf(reply);
      }
    }
  } finally {
    if (redraw) await say(context, "\n");
  }
}

/** One question; a connection that did not come about is an answer of its own. */
async function question(
  device: DeviceCode,
  context: DeviceContext,
): Promise<Reply | MekaError> {
  let reply: Reply;
  try {
    reply = await postJson(
      "/api/accounts/deviceauth/token",
      devicePollBody(device),
      context,
    );
  } catch (error) {
    context.signal.throwIfAborted();
    return lost(error, context);
  }
  return demandIssuer(reply);
}

/** A page of Cloudflare has the status of "not yet", and means something else. */
function demandIssuer(reply: Reply): Reply {
  if (isChallenge(reply)) throw challenged(ACTION, reply);
  return reply;
}

function demandFields<T>(read: T | string): T {
  if (typeof read !== "string") return read;
  throw new MekaError(
    "auth",
    `Cannot ${ACTION}: the issuer's answer has no usable ${read}`,
    { hint: OTHER_WAYS },
  );
}

function lost(error: unknown, context: IssuerContext): MekaError {
  return unreachable(error, {
    action: ACTION,
    issuer: context.issuer,
    hint: "Check the network, then run `meka setup --device` again",
  });
}

/** What a last answer means; given back where another way may still work. */
function endOf(reply: Reply): MekaError {
  if (isTransient(reply)) throw refusedSignIn(reply);
  switch (readErrorCode(reply.body)) {
    case "access_denied":
      throw new MekaError("auth", "The sign-in failed: it was denied", {
        hint: "Run `meka setup --device` again",
      });
    case "expired_token":
      throw expired();
    default:
      return notAllowed(reply);
  }
}

function isTransient({ status }: Reply): boolean {
  return status < 400 || status === 429 || status >= 500;
}

function notAllowed({ status, body }: Reply): MekaError {
  const words = status === 404 ? undefined : readErrorDescription(body);
  const why = words === undefined
    ? "it is not allowed here, or this issuer does not have it"
    : `the issuer says "${words}"`;
  return new MekaError("auth", `Cannot ${ACTION}: ${why}`, {
    hint: `${ALLOWED}. ${OTHER_WAYS}`,
  });
}

function expired(): MekaError {
  return new MekaError(
    "auth",
    `The code was not entered within ${TIME_LIMIT_MS / 60_000} minutes`,
    { hint: "Run `meka setup --device` again" },
  );
}

function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const rest = String(seconds % 60).padStart(2, "0");
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${rest}`;
}

async function say(context: DeviceContext, text: string): Promise<void> {
  await context.host.write({ to: "stderr", text });
}
