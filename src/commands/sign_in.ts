import type { KeyPlace } from "../auth/api_key.ts";
import type { Settings } from "../config/resolve.ts";
import type { Fetch } from "../http/fetch.ts";
import type { Credential } from "../message.ts";
import type { Database, OpenedDatabase } from "../store/database.ts";
import type { CredentialSource } from "../stream_turn.ts";
import type { CommandContext } from "./context.ts";

/** Where a provider's credential comes from, and what can be told of it without a request. */
export interface SignIn extends CredentialSource {
  /** It can be had without the store. */
  readonly given: boolean;
  /** The service's cookies go with it: only with a sign-in do they ease a request. */
  readonly cookies: boolean;
  /** Whose facts are stored under the provider's name: an account, or the server that a key is for. */
  owner(database: Database): string | undefined;
  /** What `meka status` tells; asked after `current`, which may have renewed it. */
  identity(database: Database | undefined): Identity;
}

/** Whose a credential is. */
export interface Identity {
  readonly email: string | undefined;
  readonly plan: string | undefined;
  readonly accountId: string | undefined;
  /** Epoch seconds. */
  readonly expiresAt: number | undefined;
  /** Epoch milliseconds. */
  readonly refreshedAt: number | undefined;
  /** Where the key is from, for a provider that takes one. */
  readonly key?: KeyPlace | undefined;
}

/** Nobody is known. */
export const NOBODY: Identity = {
  email: undefined,
  plan: undefined,
  accountId: undefined,
  expiresAt: undefined,
  refreshedAt: undefined,
};

/** What a {@linkcode SignIn} is made with. */
export interface SignInContext {
  readonly context: CommandContext;
  readonly settings: Settings;
  /** Throws when it cannot be opened. */
  readonly store: () => Promise<OpenedDatabase>;
  /** For any server: traced where that was asked for. */
  readonly fetch: Fetch;
}

/** Every way to prove oneself, loaded when a provider asks for it. */
export const SIGN_INS = {
  oauth: async () => (await import("./sign_in_oauth.ts")).signInOauth,
  api_key: async () => (await import("./sign_in_key.ts")).signInKey,
} satisfies Readonly<
  Record<
    Credential["type"],
    () => Promise<(context: SignInContext) => SignIn>
  >
>;
