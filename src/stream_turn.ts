import { MekaError } from "./errors.ts";
import type { EventBatch, StreamEvent } from "./event.ts";
import type { Host } from "./host.ts";
import { backoffMs, formatDuration, formatLocalTime } from "./http/backoff.ts";
import { CHECK_NETWORK, explainConnect } from "./http/connect_failure.ts";
import { Deadlines } from "./http/deadlines.ts";
import type { Fetch } from "./http/fetch.ts";
import { peekJson, readText } from "./http/peek_json.ts";
import type { Credential, Origin, Turn } from "./message.ts";
import type { DecodeContext, Failure, Provider } from "./providers/provider.ts";
import { parse } from "./sse/parse.ts";

/** A credential, and what a person should know of how it was had. */
export interface CredentialAnswer {
  readonly credential: Credential;
  readonly warnings: readonly string[];
}

/** Where a turn's credential comes from. */
export interface CredentialSource {
  /** The one to send, refreshed when it is about to expire. */
  current(signal: AbortSignal): Promise<CredentialAnswer>;
  /** Another one after a 401 for `spent`; undefined when there is none to try. */
  afterUnauthorized(
    spent: Credential,
    signal: AbortSignal,
  ): Promise<CredentialAnswer | undefined>;
}

/** What a turn is made with. */
export interface TurnContext {
  readonly provider: Provider;
  readonly providerName: string;
  readonly host: Host;
  readonly fetch: Fetch;
  readonly credentials: CredentialSource;
  readonly baseUrl: URL;
  readonly userAgent: string;
  /** Milliseconds for the whole turn; undefined for no limit. */
  readonly timeoutMs: number | undefined;
  /** The names of the account's models, where they are kept; asked only after a failure. */
  readonly accountModels: () => readonly string[];
  /** What earlier requests of this turn have settled; a new one unless it goes on. */
  readonly state?: TurnState;
}

/** What one turn has settled so far. A turn with tools is several requests, which share it. */
export interface TurnState {
  credential: Credential | undefined;
  /** The routing value of the last response. */
  turnState: string | undefined;
  refreshed: boolean;
  /** This server refused what `Access.reduced` leaves out. */
  reduced: boolean;
  /** A part of the answer was handed out. */
  textWritten: boolean;
  /** When the turn began, on `elapsed()`. */
  readonly startedAt: number;
}

/** The state of a turn of which nothing was sent. */
export function newTurnState(host: Pick<Host, "elapsed">): TurnState {
  return {
    credential: undefined,
    turnState: undefined,
    refreshed: false,
    reduced: false,
    textWritten: false,
    startedAt: host.elapsed(),
  };
}

/** Tries after the first one. */
const MAX_RETRIES = 4;
/** The longest `Retry-After` that is waited out, in milliseconds. */
const LONGEST_WAIT_MS = 60_000;
/** How much of a failure's body is read, in characters. */
const FAILURE_LENGTH = 64 * 1024;

/**
 * Answers one turn: encode, fetch, parse, decode, each pulling from the one inside it. This is the only place that
 * retries, refreshes after a 401, and calls a failure after the first text "incomplete".
 *
 * @throws {MekaError} of the kind that fits, at any end but the model's own.
 */
export async function* streamTurn(
  turn: Turn,
  context: TurnContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const { host, providerName, state = newTurnState(host) } = context;
  yield [{
    type: "start",
    provider: providerName,
    model: turn.model,
    session: turn.session,
  }];
  using deadlines = new Deadlines(host, {
    server: context.baseUrl.host,
    headMs: context.provider.headMs,
    totalMs: context.timeoutMs,
    since: state.startedAt,
  });
  const told = new Set<string>();
  for (let retries = 0;;) {
    let textWritten = false;
    try {
      for await (
        const batch of attempt(turn, { ...context, deadlines, state })
      ) {
        textWritten ||= batch.some((event) => event.type === "text");
        state.textWritten ||= textWritten;
        yield batch.some(isWarning)
          ? batch.filter((event) => isNew(event, told))
          : batch;
      }
      return;
    } catch (error) {
      const failure = asFailure(error, deadlines.signal);
      if (failure.retry?.reduced && !state.reduced && !textWritten) {
        state.reduced = true;
        continue;
      }
      const delay = textWritten ? failure : retryDelay(failure, retries, host);
      if (typeof delay !== "number") {
        // Text of an earlier request of the turn counts, too: the answer has begun.
        throw state.textWritten ? incomplete(delay) : delay;
      }
      retries++;
      const message = retryNote(failure, delay, retries);
      yield [{ type: "retry", message }];
      await host.sleep(delay, deadlines.signal);
    }
  }
}

interface AttemptContext extends TurnContext {
  readonly deadlines: Deadlines;
  readonly state: TurnState;
}

async function* attempt(
  turn: Turn,
  context: AttemptContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const { provider, host, deadlines, state } = context;
  if (state.credential === undefined) {
    const answer = await context.credentials.current(deadlines.signal);
    state.credential = answer.credential;
    yield answer.warnings.map(warning);
  }
  let response = await send(turn, state.credential, context);
  if (response.status === 401 && !state.refreshed) {
    state.refreshed = true;
    const answer = await context.credentials.afterUnauthorized(
      state.credential,
      deadlines.signal,
    );
    if (answer !== undefined) {
      state.credential = answer.credential;
      yield answer.warnings.map(warning);
      await response.body?.cancel();
      response = await send(turn, state.credential, context);
    }
  }
  const web = response.headers.get("content-type")?.includes("html") ?? false;
  if (!response.ok || web) {
    throw provider.explain(await readFailure(response, turn.model, context));
  }
  yield provider.readHead(response.headers, turn.model).events;
  const asked = {
    model: turn.model,
    now: host.now,
    idPrefix: `call_${host.randomBytes(8).toHex()}_`,
  };
  const body = bodyOf(response, deadlines);
  const origin = { provider: context.providerName, account: accountOf(state) };
  for await (const batch of decoded(body, provider, asked)) {
    yield batch.some(isReplay)
      ? batch.map((event) => withOrigin(event, origin))
      : batch;
    const last = batch.at(-1);
    if (last?.type === "finish") endWell(last, turn);
  }
}

function accountOf({ credential }: TurnState): string | undefined {
  return credential?.type === "oauth" ? credential.accountId : undefined;
}

function isReplay(event: StreamEvent): boolean {
  return event.type === "replay";
}

function withOrigin(event: StreamEvent, origin: Origin): StreamEvent {
  return event.type === "replay" && "origin" in event.item
    ? { type: "replay", item: { ...event.item, origin } }
    : event;
}

/** What comes is decided by the first character: servers stream what was to be whole, and the reverse, and errors as they like. */
async function* decoded(
  body: AsyncGenerator<Uint8Array, void, undefined>,
  provider: Provider,
  asked: DecodeContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const { redundant } = provider;
  if (provider.decodeWhole === undefined) {
    yield* provider.decode(parse(body, { redundant }), asked);
    return;
  }
  const { json, bytes } = await peekJson(body);
  if (json) yield provider.decodeWhole(await readText(bytes), asked);
  else yield* provider.decode(parse(bytes, { redundant }), asked);
}

async function send(
  turn: Turn,
  credential: Credential,
  context: AttemptContext,
): Promise<Response> {
  const { provider, deadlines, state, baseUrl, userAgent } = context;
  const { turnState, reduced } = state;
  const signal = deadlines.begin();
  const access = { baseUrl, credential, userAgent, turnState, reduced, signal };
  try {
    const response = await context.fetch(provider.encode(turn, access));
    deadlines.headArrived();
    state.turnState =
      provider.readHead(response.headers, turn.model).turnState ?? turnState;
    return response;
  } catch (error) {
    throw signal.aborted ? signal.reason : connectFailure(error, context);
  }
}

/** The body's chunks, each with the clock stopped while it is being worked on and written. */
async function* bodyOf(
  response: Response,
  deadlines: Deadlines,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  try {
    for await (const chunk of response.body) {
      deadlines.pause();
      yield chunk;
      deadlines.touch();
    }
  } catch (error) {
    if (error instanceof MekaError) throw error;
    throw new MekaError("network", "Connection broke before the answer ended", {
      retry: {},
      cause: error,
    });
  }
}

async function readFailure(
  response: Response,
  model: string,
  context: AttemptContext,
): Promise<Failure> {
  const decoder = new TextDecoder();
  let body = "";
  try {
    for await (const chunk of bodyOf(response, context.deadlines)) {
      body += decoder.decode(chunk, { stream: true });
      if (body.length >= FAILURE_LENGTH) break;
    }
  } catch (error) {
    // The status alone tells enough; only an end that was asked for counts.
    if (context.deadlines.signal.aborted) throw error;
  }
  const { status, headers } = response;
  const receivedAt = context.host.now();
  return {
    status,
    headers,
    body: body.slice(0, FAILURE_LENGTH),
    receivedAt,
    model,
    models: context.accountModels(),
  };
}

/** Lets a good end pass and throws for the others, whose events have been handed out by then. */
function endWell(
  finish: StreamEvent & { type: "finish" },
  { tools }: Turn,
): void {
  switch (finish.reason) {
    case "stop":
    case "pause":
      return;
    case "tool_calls":
      if (tools.length > 0) return;
      throw new MekaError(
        "incomplete",
        "The model asked for a tool instead of answering, and this run offers none",
      );
    case "length":
      throw new MekaError(
        "incomplete",
        "The answer is cut: the model reached its output limit",
      );
    case "content_filter":
      throw new MekaError(
        "refused",
        "The service stopped the answer under its content policy",
      );
    case "other":
      throw new MekaError(
        "incomplete",
        `The model stopped early: ${finish.raw}`,
      );
    default:
      finish.reason satisfies never;
  }
}

/** Once text has been written a failure is told as it is, but the answer is what counts: it is incomplete. */
function incomplete(failure: MekaError): MekaError {
  if (failure.kind === "interrupted" || failure.kind === "internal") {
    return failure;
  }
  return new MekaError("incomplete", failure.message, {
    hint: failure.hint,
    retryAt: failure.retryAt,
    cause: failure.cause,
  });
}

/** An abort reaches us as whatever was waited for failing; its reason is what happened. */
function asFailure(error: unknown, signal: AbortSignal): MekaError {
  if (signal.aborted && signal.reason instanceof MekaError) {
    return signal.reason;
  }
  if (error instanceof MekaError) return error;
  throw error;
}

function connectFailure(
  error: unknown,
  { baseUrl, provider }: Pick<TurnContext, "baseUrl" | "provider">,
): MekaError {
  if (error instanceof MekaError) return error;
  const { why, hint = CHECK_NETWORK, lasting } = explainConnect(
    error,
    provider.refusedHint?.(baseUrl),
  );
  const message = `Cannot reach ${baseUrl.host}${
    why === undefined ? "" : `: ${why}`
  }`;
  const retry = lasting ? undefined : {};
  return new MekaError("network", message, { retry, cause: error, hint });
}

/** Milliseconds to wait before the next try, or what to fail with when there is to be none. */
function retryDelay(
  failure: MekaError,
  retries: number,
  host: Host,
): number | MekaError {
  const { retry } = failure;
  if (retry === undefined || retry.reduced) return failure;
  const asked = retry.afterMs;
  const last = retries >= MAX_RETRIES;
  if (asked && (last || asked > LONGEST_WAIT_MS)) {
    return withTime(failure, asked, host.now());
  }
  if (last) return failure;
  return asked ?? backoffMs(retries, (host.randomBytes(1)[0] ?? 0) / 256);
}

/** A failure that is not waited out tells until when a person would have to. */
function withTime(failure: MekaError, waitMs: number, now: number): MekaError {
  const message = `${failure.message}; try again at ${
    formatLocalTime(now + waitMs)
  }, in ${formatDuration(waitMs)}`;
  return new MekaError(failure.kind, message, {
    retryAt: now + waitMs,
    hint: failure.hint,
  });
}

function retryNote(failure: MekaError, delayMs: number, retry: number): string {
  return `${failure.message}; trying again in ${
    formatDuration(delayMs)
  } (${retry} of ${MAX_RETRIES})`;
}

function warning(message: string): StreamEvent {
  return { type: "warning", message };
}

function isWarning(event: StreamEvent): boolean {
  return event.type === "warning";
}

/** A retry meets the same circumstances: what was warned of once is enough. */
function isNew(event: StreamEvent, told: Set<string>): boolean {
  if (event.type !== "warning") return true;
  if (told.has(event.message)) return false;
  told.add(event.message);
  return true;
}
