import { challenge, codedError, dropped } from "./token_replies.ts";

/** Answers to `usercode` that give no code. */
export const USERCODE_FAILURES = {
  /** The feature is off for this issuer (reference, section 3.7). */
  off: (): Response => Response.json({ detail: "Not Found" }, { status: 404 }),
  refused: (): Response =>
    codedError("device_code_disabled", DEVICE_REFUSAL, 403),
  server_error: (): Response =>
    codedError("server_error", "The server had an error.", 500),
  challenge: (): Response => challenge(),
  drop: (): Response => dropped(),
} as const satisfies Readonly<Record<string, () => Response>>;

/** What a workspace that does not allow device codes is told. */
export const DEVICE_REFUSAL =
  "Device code sign-in is not enabled for this workspace. Ask a workspace admin to turn it on.";

/** Answers to the second poll that end the sign-in: any failure but 403 and 404 is final. */
export const POLL_FAILURES = {
  expired: (): Response =>
    codedError("expired_token", "The device code has expired.", 400),
  refused_400: (): Response =>
    codedError("device_code_disabled", DEVICE_REFUSAL, 400),
  refused_401: (): Response =>
    codedError("device_code_disabled", DEVICE_REFUSAL, 401),
  refused_410: (): Response =>
    codedError("device_code_gone", "This device code is gone.", 410),
} as const satisfies Readonly<Record<string, () => Response>>;

/** "Not yet" has two statuses: 403 and 404 take turns, so that a client which knows only one of them shows. */
export function pendingReply(poll: number): Response {
  return codedError(
    "authorization_pending",
    "The device has not been approved yet.",
    poll % 2 === 1 ? 403 : 404,
  );
}

/** The person pressed "Cancel". */
export function deniedReply(): Response {
  return codedError("access_denied", "The person refused the sign-in.", 400);
}
