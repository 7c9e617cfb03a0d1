/** Why no connection came about, in a person's words, and what may help. */
export interface ConnectFailure {
  /** Undefined when the runtime's words are not known. */
  readonly why: string | undefined;
  /** Undefined when there is nothing to do but to look at the network. */
  readonly hint: string | undefined;
  /** True when the same request would fail again for the same reason. */
  readonly lasting: boolean;
}

/** Thrown in the place of the runtime's error once more is known than its words tell. */
export class ConnectError extends TypeError implements ConnectFailure {
  readonly why: string;
  readonly hint: string | undefined;
  readonly lasting: boolean;

  constructor(failure: ConnectFailure & { why: string }, cause: unknown) {
    super(failure.why, { cause });
    this.why = failure.why;
    this.hint = failure.hint;
    this.lasting = failure.lasting;
  }
}

/** What there is to do where nothing else is known. */
export const CHECK_NETWORK = "Check the network connection";

const REFUSED = /refused/i;

// The runtime tells why in words only, and has no code; they choose words here, and never what is done.
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/certificate/i, "its certificate is not trusted"],
  [REFUSED, "connection refused"],
  [/dns error|lookup address/i, "the name cannot be resolved"],
  [/unreachable/i, "the network is unreachable"],
  [/timed out/i, "the connection timed out"],
  [/reset|closed|eof/i, "connection closed"],
];

/**
 * Says why `fetch` failed before a response.
 *
 * @param refusedHint What may help when nothing listens there.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const error = new TypeError("fetch failed", {
 *   cause: new Error("client error (Connect): tcp connect error: Connection refused"),
 * });
 * assert.equal(explainConnect(error).why, "connection refused");
 * ```
 */
export function explainConnect(
  error: unknown,
  refusedHint?: string,
): ConnectFailure {
  if (error instanceof ConnectError) return error;
  const text = connectText(error);
  const known = WORDS.find(([pattern]) => pattern.test(text));
  const hint = known?.[0] === REFUSED ? refusedHint : undefined;
  return { why: known?.[1], hint, lasting: false };
}

/** The runtime's words, without the address: Deno 2.6 has it all in the message, later versions in the cause. */
export function connectText(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const message = error.message.replace(/\S*:\/\/\S*/g, "");
  return `${message} ${connectText(error.cause)}`.trim();
}
