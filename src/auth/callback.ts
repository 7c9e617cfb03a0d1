import { MekaError } from "../errors.ts";
import type { Host, Listener } from "../host.ts";
import { type AuthorizationCode, readCallback } from "./authorize.ts";
import {
  CANCELLED_PAGE,
  failedPage,
  type Page,
  pageResponse,
  PRIVATE_HEADERS,
  SUCCESS_PAGE,
} from "./pages.ts";

/** The only ports that the issuer knows for this client. */
export const CALLBACK_PORTS = [1455, 1457] as const;

const TIME_LIMIT_MS = 5 * 60 * 1000;

/** How long the browser may take to ask for the last page, and open connections to end. */
const FAREWELL_MS = 2_000;

/** One sign-in's listener and what it does. */
export interface CallbackOptions<T> {
  readonly host: Pick<Host, "listen" | "sleep">;
  readonly signal: AbortSignal;
  readonly issuer: URL;
  readonly state: string;
  /** Sends the person to the issuer; called once the listener is up. */
  begin(redirectUri: string): Promise<void>;
  /** Turns the code into a sign-in; called once at most, and the browser is told how it ended. */
  finish(code: AuthorizationCode, redirectUri: string): Promise<T>;
}

/**
 * Listens on loopback for the one answer of the issuer (RFC 8252, section 7.3) and gives what `finish` made of it.
 *
 * @throws {MekaError} "auth" when the sign-in was denied, cancelled or not answered in five minutes, or no port is free;
 * what `finish` threw; the reason of the signal.
 */
export async function receiveCallback<T>(
  options: CallbackOptions<T>,
): Promise<T> {
  const { host, signal } = options;
  signal.throwIfAborted();
  const exchange = new Exchange(options);
  const listening = listenOnLoopback(host, exchange.answer);
  const ended = new AbortController();
  const onAbort = (): void => exchange.fail(signal.reason);
  signal.addEventListener("abort", onAbort, { signal: ended.signal });
  exchange.listenOn(listening.port);
  host.sleep(TIME_LIMIT_MS, ended.signal).then(exchange.expire, () => {});
  const begun = options.begin(exchange.redirectUri).catch(exchange.fail);
  try {
    return await exchange.outcome;
  } finally {
    await within(host, signal, Promise.all([begun, exchange.farewell]));
    ended.abort();
    const { signal: unhurried } = new AbortController();
    await within(host, unhurried, close(listening.listeners));
  }
}

/** The conversation with the browser: at most one answer counts, and it is acted on once. */
class Exchange<T> {
  readonly #options: CallbackOptions<T>;
  readonly #outcome = Promise.withResolvers<T>();
  readonly #farewell = Promise.withResolvers<void>();
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

  /** The issuer compares it byte for byte with the one of the exchange. */
  get redirectUri(): string {
    return `http://localhost:${this.#port}/auth/callback`;
  }

  listenOn(port: number): void {
    this.#port = port;
  }

  readonly fail = (error: unknown): void => {
    this.#phase = "ended";
    this.#outcome.reject(error);
  };

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
    this.#phase = "finishing";
    if (reading.type === "failed") return this.#endBadly(reading.error);
    try {
      const value = await this.#options.finish(reading.code, this.redirectUri);
      this.#phase = "ended";
      this.#last = { path: "/success", page: SUCCESS_PAGE };
      this.#outcome.resolve(value);
      return seeOther("/success");
    } catch (error) {
      return this.#endBadly(error);
    }
  }

  #endBadly(error: unknown): Response {
    const reason = error instanceof MekaError
      ? error.message
      : "Something went wrong: the terminal says more";
    this.#last = { path: "/failed", page: failedPage(reason) };
    this.fail(error);
    return seeOther("/failed");
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

function listenOnLoopback(
  host: Pick<Host, "listen">,
  answer: (request: Request) => Promise<Response>,
): { readonly port: number; readonly listeners: readonly Listener[] } {
  for (const port of CALLBACK_PORTS) {
    const first = host.listen({ hostname: "127.0.0.1", port }, answer);
    if (first === undefined) continue;
    // A browser may take localhost for ::1; a machine without IPv6 has none to offer.
    const second = host.listen({ hostname: "::1", port }, answer);
    return {
      port,
      listeners: second === undefined ? [first] : [first, second],
    };
  }
  throw new MekaError(
    "auth",
    `Cannot start the sign-in: the ports ${
      CALLBACK_PORTS.join(" and ")
    } are in use`,
    { hint: "End the other sign-in, then run `meka setup` again" },
  );
}

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

async function close(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
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
