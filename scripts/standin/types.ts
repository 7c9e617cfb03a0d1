import type { Body } from "./json_object.ts";
import type { Load } from "./load.ts";
import type { Model } from "./models.ts";
import type { PromptCount } from "./prompts.ts";
import type { Tokens } from "./tokens.ts";

/** How a stand-in is set up; every field may be left out. */
export interface StandinOptions {
  /** Port of the issuer; 0 or absent takes a free one. */
  readonly issuerPort?: number;
  /** Port of the backend; 0 or absent takes a free one. */
  readonly backendPort?: number;
  /** The scenario played until `play()` says otherwise; `text` by default. */
  readonly scenario?: string;
  /** Lifetime of a new access token, 3600 by default. */
  readonly tokenLifetimeSeconds?: number;
  /** The plan in the claims, `plus` by default. */
  readonly plan?: string;
  /** The e-mail address in the claims. */
  readonly email?: string;
  /** The account id in the claims; every sign-in gets this one. */
  readonly accountId?: string;
  /** The ports a redirect URI may name, 1455 and 1457 by default. */
  readonly redirectPorts?: readonly number[];
  /** Whether a cookie that does not come back is a violation, true by default. */
  readonly expectCookies?: boolean;
  /** Seconds between polls for a device code, as text; "1" by default, "5" at the real service, "0" for no limit. */
  readonly deviceInterval?: string;
  /** After so many polls the person counts as having approved a device code; only `approveDevice` does when absent. */
  readonly approveDeviceAfter?: number;
  /** Refuse classic requests for a lite model even of a sign-in that was never given the list of models; false by default. */
  readonly strictLite?: boolean;
  /** `counts` forgets a request once it is answered, all but its violations and counts, so that memory stays flat; `all` by default. */
  readonly remember?: Remember;
  /** The clock, in milliseconds; the machine's by default. */
  readonly now?: () => number;
  /** Called once a request has been answered or given up. */
  readonly onRequest?: (request: RecordedRequest) => void;
}

/** What a stand-in keeps of requests that it has answered. */
export type Remember = "all" | "counts";

/** One request as a server saw it, and what became of it; it is there before the first byte of its answer is. */
export interface RecordedRequest {
  /** Its place among all arrivals, from 1. */
  readonly n: number;
  /** When it arrived, by the stand-in's clock, in milliseconds. */
  readonly at: number;
  /** Which server got it; `elsewhere` is where redirects point, and nobody may go there. */
  readonly server: "issuer" | "backend" | "chat" | "elsewhere";
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: Headers;
  readonly body: string;
  /** True once the client has closed before the answer ended. */
  readonly aborted: boolean;
  /** True once the whole answer has been handed to the connection. */
  readonly answered: boolean;
  /** The status answered, 0 while there is none. */
  readonly status: number;
  /** The scenario played, on requests for an answer only. */
  readonly scenario?: string;
  /** The conversation, and what the person said last in it; on requests for an answer that were not refused only. */
  readonly session?: string;
  readonly prompt?: string;
  /** Each rule of the reference or of the contract that the request broke. */
  readonly violations: readonly string[];
}

/** A request for an answer as a test wants to look at it. */
export interface AskedRequest {
  readonly request: RecordedRequest;
  /** The body, parsed. */
  readonly body: Body;
  /** Its items, or its messages. */
  readonly input: readonly Body[];
}

/** What a token made without the browser is like. */
export interface GrantOptions {
  readonly lifetimeSeconds?: number;
  /** The access token is opaque: no claims, so no expiry to read. */
  readonly unreadable?: boolean;
  readonly plan?: string;
  readonly email?: string;
  readonly accountId?: string;
}

/** How often each thing was asked of the stand-in. */
export interface Counts {
  readonly authorize: number;
  readonly exchanges: number;
  readonly refreshes: number;
  readonly revokes: number;
  readonly deviceCodes: number;
  readonly devicePolls: number;
  readonly responses: number;
  readonly models: number;
  readonly usage: number;
  /** Requests on paths that do not exist. */
  readonly unknown: number;
  /** Requests at the origin that `redirect_307` points to. */
  readonly elsewhere: number;
}

/** How reasoning ciphertext is made without an answer. */
export interface SealOptions {
  readonly accountId?: string;
  /** Bytes before they are encoded, 180 by default. */
  readonly bytes?: number;
}

/** A running stand-in of the issuer and of the Codex backend. */
export interface Standin extends AsyncDisposable {
  /** Origin of the issuer, for `MEKA_OAUTH_ISSUER`. */
  readonly issuer: URL;
  /** Origin of the backend, for `MEKA_BASE_URL`. */
  readonly baseUrl: URL;
  /** Origin that `redirect_307` points to; nothing may arrive there. */
  readonly elsewhere: URL;
  /** Every request seen since the start or the last `reset()`. */
  readonly requests: readonly RecordedRequest[];
  /** Every violation so far, each with the request's method and path before it. */
  readonly violations: readonly string[];
  /** Queues scenarios for `/responses`, one per request; the last one repeats. */
  play(...scenarios: string[]): void;
  /** Mints a working set of tokens without the browser. */
  grant(options?: GrantOptions): Tokens;
  /** Makes the backend answer 401 to every access token issued so far; refreshing still works. */
  invalidateAccessTokens(): void;
  /** Queues outcomes of refreshes (see `REFRESH_OUTCOMES`); the last one repeats. */
  refreshPlan(...outcomes: string[]): void;
  /** Queues outcomes of code exchanges (see `EXCHANGE_OUTCOMES`); the last one repeats. */
  exchangePlan(...outcomes: string[]): void;
  /** Queues outcomes of sign-ins by device code (see `DEVICE_OUTCOMES`); the last one repeats. */
  devicePlan(...outcomes: string[]): void;
  /** Queues outcomes of revocations (see `REVOKE_OUTCOMES`); the last one repeats. */
  revokePlan(...outcomes: string[]): void;
  /** Queues outcomes of the list of models (see `MODELS_OUTCOMES`); the last one repeats. */
  modelsPlan(...outcomes: string[]): void;
  /** Queues outcomes of the usage report (see `USAGE_OUTCOMES`); the last one repeats. */
  usagePlan(...outcomes: string[]): void;
  /** Replaces the catalogue, and with it the ETag that answers announce; without models the first one is back. */
  useModels(models?: readonly Model[]): void;
  /** The ETag of the catalogue. */
  readonly modelsEtag: string;
  /** Whether a cookie that does not come back is a violation from now on. */
  expectCookies(expected: boolean): void;
  /** Waits until the requests look like this; checked whenever one arrives, is answered or is given up. */
  until(
    condition: (requests: readonly RecordedRequest[]) => boolean,
  ): Promise<void>;
  /** How often each endpoint was asked. */
  counts(): Counts;
  /** The requests for an answer of one conversation, or of all, as they arrived; those that were not remembered are missing. */
  asked(session?: string): readonly AskedRequest[];
  /** How often each prompt was sent and answered, refused requests aside. */
  readonly prompts: ReadonlyMap<string, PromptCount>;
  /** How many requests for an answer there are at once. */
  readonly load: Load;
  /** Until then every request for an answer finds the account's limit used up, in milliseconds. */
  limitUntil(time: number): void;
  /** Makes reasoning ciphertext for an account, the usual one when absent. */
  seal(options?: SealOptions): string;
  /** Takes items for sent, in one whole answer, so that they may come back as they are. */
  adopt(items: readonly Body[], accountId?: string): void;
  /** Forgets requests, plans, turns and other catalogues; tokens stay valid, cookies and device codes known. */
  reset(): void;
  /** Closes every connection and waits until nothing is left running. */
  close(): Promise<void>;
}
