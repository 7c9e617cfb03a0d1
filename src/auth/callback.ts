import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import {
  type AuthorizationCode,
  type CallbackReading,
  readCallback,
} from "./authorize.ts";
import {
  CANCELLED_PAGE,
  failedPage,
  type Page,
  pageResponse,
  PRIVATE_HEADERS,
} from "./pages.ts";
import { readPaste } from "./paste.ts";
import { describeHolders, listenOnLoopback, portsInUse } from "./ports.ts";

const TIME_LIMIT_MS = 5 * 60 * 1000;

/** How long the browser may take to ask for the last page, and open connections to end. */
const FAREWELL_MS = 2_000;

/** One sign-in's listener and what it does. */
export interface CallbackOptions<T> {
  readonly host: Pick<Host, "listen" | "sleep" | "whoListens">;
  readonly signal: AbortSignal;
  readonly issuer: URL;
  readonly state: string;
  /** Sends the person to the issuer; called once the listener is up, or known to be impossible. */
  begin(place: CallbackPlace): Promise<void>;
  /** Turns the code into a sign-in; called once at most, and the browser is told how it ended. */
  finish(code: AuthorizationCode, redirectUri: string): Promise<T>;
  /** The page that a good end is told on. */
  successPage(value: T): Page;
  /**
   * Asks the person for the answer, as a second way for it to come in; absent without a terminal. The problem is what
   * was wrong with the last one; undefined is the end of what is typed.
   */
  readonly askPaste?:
    | ((
      problem: string | undefined,
      signal: AbortSignal,
    ) => Promise<string | undefined>)
    | undefined;
}

/** Where the answer of the issuer is awaited. */
export interface CallbackPlace {
  /** The issuer compares it byte for byte with the one of the exchange. */
  readonly redirectUri: string;
  /** False when every port is in use: the answer can only be pasted. */
  readonly listening: boolean;
  /** The ports that were in use, and by what. */
  readonly holders: readonly string[];
}

/**
 * Listens on loopback for the one answer of the issuer (RFC 8252, section 7.3), takes a pasted one as well, whichever
 * comes first, and gives what `finish` made of it.
 *
 * @throws {MekaError} "auth" when the sign-in was denied, cancelled or not answered in five minutes, or there is neither
 * a free port nor a terminal; what `finish` threw; the reason of the signal.
 */
export async function receiveCallback<T>(
  options: CallbackOptions<T>,
): Promise<T> {
  const { host, signal } = options;
  signal.throwIfAborted();
  const exchange = new Exchange(options);
  const { port, listeners, busy } = listenOnLoopback(host, exchange.answer);
  const ended = new AbortController();
  const onAbort = (): void => exchange.fail(signal.reason);
  signal.addEventListener("abort", onAbort, { signal: ended.signal });
  exchange.listenOn(port);
  host.sleep(TIME_LIMIT_MS, ended.signal).then(exchange.expire, () => {});
  const listening = listeners.length > 0;
  const begin = async (): Promise<void> => {
    const holders = await describeHolders(busy, host);
    if (!listening && options.askPaste === undefined) throw portsInUse(holders);
    const { redirectUri } = exchange;
    await options.begin({ redirectUri, listening, holders });
    await exchange.readPastes(listening);
  };
  const begun = begin().catch(exchange.fail);
  try {
    return await exchange.outcome;
  } finally {
    await within(host, signal, Promise.all([begun, exchange.farewell]));
    ended.abort();
    // A terminal that hides what is typed must show it again, even after Ctrl-C.
    const { signal: unhurried } = new AbortController();
    const closing = listeners.map((listener) => listener.close());
    await within(host, unhurried, Promise.all([exchange.pasted, ...closing]));
  }
}

/** The conversation with the browser: at most one answer counts, and it is acted on once. */
class Exchange<T> {
  readonly #options: CallbackOptions<T>;
  readonly #outcome = Promise.withResolvers<T>();
  readonly #farewell = Promise.withResolvers<void>();
  #pasted: Promise<void> = Promise.resolve();
  /** Aborted once no answer is waited for any more. */
  readonly #answered = new AbortController();
  #port = 0;
  #phase: "waiting" | "finishing" | "ended" = "waiting";
  /** The page to show last, under a path that holds no secret. */
  #last: { readonly path: string; readonly page: Page } | undefined;

  constructor(options: CallbackOptions<T>) {
    this.#options = options;
    // It may fail before anyone waits for it.
    this.#outcome.promise.catch(() => {});
  }

  get outcome(): Promise<T> {
    return this.#outcome.promise;
  }

  /** Resolves when the browser has nothing more to ask for. */
  get farewell(): Promise<void> {
    if (this.#last === undefined) this.#farewell.resolve();
    return this.#farewell.promise;
  }

  /** Resolves when the terminal is as it was. */
  get pasted(): Promise<void> {
    return this.#pasted;
  }

  get redirectUri(): string {
    return `http://localhost:${this.#port}/auth/callback`;
  }

  listenOn(port: number): void {
    this.#port = port;
  }

  readonly fail = (error: unknown): void => {
    this.#enter("ended");
    this.#outcome.reject(error);
  };

  /** Takes what is pasted until one answer has come in, by this way or by the browser. */
  async readPastes(listening: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pasted = promise;
    try {
      await this.#readPastes(listening);
    } finally {
      resolve();
    }
  }

  async #readPastes(listening: boolean): Promise<void> {
    const ask = this.#options.askPaste;
    const { signal } = this.#answered;
    let problem: string | undefined;
    while (ask !== undefined && !signal.aborted) {
      let text: string | undefined;
      try {
        text = await ask(problem, signal);
      } catch (error) {
        // The browser was first, or the terminal cannot be read: the listener still can.
        if (signal.aborted || listening) return;
        throw error;
      }
      if (text === undefined) {
        if (listening) return;
        throw signInError("Nothing was pasted");
      }
      problem = await this.#onPaste(text);
    }
  }

  readonly expire = (): void => {
    // An exchange under way has a deadline of its own.
    if (this.#phase === "waiting") {
      this.fail(signInError("The sign-in was not answered within 5 minutes"));
    }
  };

  readonly answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    // A site whose name was pointed at 127.0.0.1 (DNS rebinding) still sends its own name.
    if (!this.#isOwnName(request.headers.get("host"))) {
      return plain(421, "This is not the host you are looking for");
    }
    if (request.method !== "GET") {
      return plain(405, "Only GET is answered here", { allow: "GET" });
    }
    switch (url.pathname) {
      case "/auth/callback":
        return await this.#onCallback(url.searchParams);
      case "/cancel":
        return await this.#onCancel(request);
      case this.#last?.path:
        this.#farewell.resolve();
        return await pageResponse(this.#last?.page ?? CANCELLED_PAGE);
      default:
        return plain(404, "There is nothing here");
    }
  };

  async #onCallback(parameters: URLSearchParams): Promise<Response> {
    const reading = readCallback(parameters, this.#options);
    if (reading.type === "foreign") {
      return plain(400, "This does not belong to the sign-in under way");
    }
    if (this.#phase !== "waiting") {
      return plain(409, "This sign-in was already answered");
    }
    const end = await this.#settle(reading);
    const path = end.type === "good" ? "/success" : "/failed";
    this.#last = { path, page: this.#pageOf(end) };
    this.#conclude(end);
    return seeOther(path);
  }

  /** Says what was wrong with the text, or nothing when the sign-in has ended with it, however it did. */
  async #onPaste(text: string): Promise<string | undefined> {
    const reading = readPaste(text, this.#options);
    if (this.#phase !== "waiting") return undefined;
    switch (reading.type) {
      case "unclear":
        return reading.problem;
      case "foreign":
        return "That belongs to another sign-in";
      default:
        this.#conclude(await this.#settle(reading));
        return undefined;
    }
  }

  /** Acts on the one answer that counts; a second one finds the phase changed. */
  async #settle(
    reading: Exclude<CallbackReading, { readonly type: "foreign" }>,
  ): Promise<End<T>> {
    this.#enter("finishing");
    if (reading.type === "failed") return { type: "bad", error: reading.error };
    try {
      const value = await this.#options.finish(reading.code, this.redirectUri);
      return { type: "good", value };
    } catch (error) {
      return { type: "bad", error };
    }
  }

  #conclude(end: End<T>): void {
    if (end.type === "bad") return this.fail(end.error);
    this.#enter("ended");
    this.#outcome.resolve(end.value);
  }

  #pageOf(end: End<T>): Page {
    if (end.type === "good") return this.#options.successPage(end.value);
    return failedPage(
      end.error instanceof MekaError
        ? end.error.message
        : "Something went wrong: the terminal says more",
    );
  }

  #enter(phase: "finishing" | "ended"): void {
    this.#phase = phase;
    this.#answered.abort(new Error("The sign-in was answered"));
  }

  async #onCancel(request: Request): Promise<Response> {
    // Any web page may point an image here; a browser then says that another site asked.
    const site = request.headers.get("sec-fetch-site") ?? "none";
    if (site !== "none" && site !== "same-origin") {
      return plain(403, "Only you can cancel the sign-in");
    }
    if (this.#phase !== "waiting") {
      return plain(409, "This sign-in was already answered");
    }
    this.fail(signInError("The sign-in was cancelled"));
    return await pageResponse(CANCELLED_PAGE);
  }

  #isOwnName(host: string | null): boolean {
    const names = ["localhost", "127.0.0.1", "[::1]"];
    return names.some((name) =>
      host?.toLowerCase() === `${name}:${this.#port}`
    );
  }
}

type End<T> =
  | { readonly type: "good"; readonly value: T }
  | { readonly type: "bad"; readonly error: unknown };

/** Waits for the end of something that must not hold the program up. */
async function within(
  host: Pick<Host, "sleep">,
  signal: AbortSignal,
  end: Promise<unknown>,
): Promise<void> {
  const done = new AbortController();
  const limit = host.sleep(FAREWELL_MS, AbortSignal.any([signal, done.signal]));
  await Promise.race([end, limit.catch(() => {})]);
  done.abort();
}

function signInError(message: string): MekaError {
  return new MekaError("auth", message, { hint: "Run `meka setup` again" });
}

function seeOther(path: string): Response {
  return new Response(null, {
    status: 302,
    headers: { ...PRIVATE_HEADERS, location: path },
  });
}

function plain(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${text}.\n`, {
    status,
    headers: {
      ...PRIVATE_HEADERS,
      ...headers,
      "content-type": "text/plain; charset=utf-8",
    },
  });
}
