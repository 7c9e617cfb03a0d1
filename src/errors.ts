/** Every way a run can fail, with its exit status; the names are the `code` of the `--json` error event. */
export const EXIT_CODE = {
  internal: 1, // a bug, or a failure that no other name fits
  usage: 2,
  config: 2,
  auth: 3,
  limit: 4, // carries retryAt where the server told it
  network: 5,
  refused: 6,
  incomplete: 7,
  blocked: 8,
  interrupted: 130, // the reason given to abort(); SIGTERM makes it 143
} as const;

/** The exit status when the reader of stdout has gone: 128 + SIGPIPE. */
export const CLOSED_STDOUT_EXIT = 141;

/** One of the stable failure names of {@linkcode EXIT_CODE}. */
export type ErrorKind = keyof typeof EXIT_CODE;

/** What a {@linkcode MekaError} may carry besides its kind and sentence. */
export interface MekaErrorOptions {
  /** The one action that would fix it, as a sentence. */
  readonly hint?: string | undefined;
  /** Epoch milliseconds at which the limit resets. */
  readonly retryAt?: number | undefined;
  /** Present when the same request may be sent again. */
  readonly retry?: Retry | undefined;
  /** The conversation is longer than the model's window. */
  readonly outgrown?: true | undefined;
  /** The exit status, where it is not the kind's own (SIGTERM). */
  readonly exit?: number | undefined;
  /** What was caught; may hold secrets, so it shows only through the redactor. */
  readonly cause?: unknown;
}

/** Leave to send a failed request again. */
export interface Retry {
  /** Milliseconds the server asked to wait, which replaces the back-off. */
  readonly afterMs?: number | undefined;
  /** Once and at once, without what this server refused to know; see `Access.reduced`. */
  readonly reduced?: true;
}

/** The only error meka throws on purpose: a kind chosen where the facts are known, and a sentence for a person. */
export class MekaError extends Error {
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly retryAt: number | undefined;
  readonly retry: Retry | undefined;
  readonly outgrown: boolean;
  readonly exit: number;

  constructor(
    kind: ErrorKind,
    message: string,
    options: MekaErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "MekaError";
    this.kind = kind;
    this.hint = options.hint;
    this.retryAt = options.retryAt;
    this.retry = options.retry;
    this.outgrown = options.outgrown ?? false;
    this.exit = options.exit ?? EXIT_CODE[kind];
  }
}
