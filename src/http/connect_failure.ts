/** Why no connection came about, in a person's words, and what may help. */
export interface ConnectFailure {
  /** Undefined when the runtime's words are not known. */
  readonly why: string | undefined;
  readonly hint: string;
}

const CHECK_NETWORK = "Check the network connection";

// The runtime tells why in words only, and has no code; they choose words here, and never what is done.
const WORDS: readonly (readonly [RegExp, string, string])[] = [
  [
    /certificate/i,
    "its certificate is not trusted",
    "If a company's proxy is in between, name its root certificates in `SSL_CERT_FILE`",
  ],
  [/refused/i, "connection refused", CHECK_NETWORK],
  [/dns error|lookup address/i, "the name cannot be resolved", CHECK_NETWORK],
  [/unreachable/i, "the network is unreachable", CHECK_NETWORK],
  [/timed out/i, "the connection timed out", CHECK_NETWORK],
  [/reset|closed|eof/i, "connection closed", CHECK_NETWORK],
];

/**
 * Says why `fetch` failed before a response.
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
export function explainConnect(error: unknown): ConnectFailure {
  const text = messagesOf(error);
  const known = WORDS.find(([pattern]) => pattern.test(text));
  return { why: known?.[1], hint: known?.[2] ?? CHECK_NETWORK };
}

/** Deno 2.6 has it all in the message, later versions in the cause. */
function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return `${error.message} ${messagesOf(error.cause)}`;
}
