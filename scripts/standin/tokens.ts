// deno-lint-ignore-file camelcase -- names are the server's
import type { GrantOptions } from "./types.ts";

/** The public client that the reference names. */
export const CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann";

/** A set of tokens, with what their claims say. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
  readonly accountId: string;
  readonly email: string;
  readonly plan: string;
  /** When the access token ends, in milliseconds. */
  readonly expiresAt: number;
}

/** One sign-in: all tokens descended from it live and die together. */
export interface Grant {
  readonly id: string;
  readonly accountId: string;
  readonly plan: string;
  readonly email: string;
  alive: boolean;
}

/** What the vault needs to know before it can mint. */
export interface VaultOptions {
  readonly issuer: () => string;
  readonly now: () => number;
  readonly lifetimeSeconds: number;
  readonly accountId: string;
  readonly email: string;
  readonly plan: string;
}

interface AccessEntry {
  readonly grant: Grant;
  readonly expiresAt: number;
  valid: boolean;
}

interface RefreshEntry {
  readonly grant: Grant;
  spent: boolean;
}

/** The tokens the stand-in has issued, and which of them still work. */
export class Vault {
  readonly #options: VaultOptions;
  readonly #access = new Map<string, AccessEntry>();
  readonly #refresh = new Map<string, RefreshEntry>();

  constructor(options: VaultOptions) {
    this.#options = options;
  }

  /** Starts a sign-in that has no tokens yet. */
  open(options: GrantOptions = {}): Grant {
    return {
      id: randomText(12),
      accountId: options.accountId ?? this.#options.accountId,
      plan: options.plan ?? this.#options.plan,
      email: options.email ?? this.#options.email,
      alive: true,
    };
  }

  /** Mints and registers a new set of tokens. */
  mint(grant: Grant, options: GrantOptions = {}): Tokens {
    const now = this.#options.now();
    const lifetime = options.lifetimeSeconds ?? this.#options.lifetimeSeconds;
    const iat = Math.floor(now / 1000);
    const exp = iat + lifetime;
    const common = {
      iss: this.#options.issuer(),
      sub: `auth0|${grant.id}`,
      iat,
      exp,
    };
    const profile = { email: grant.email, email_verified: true };
    const accessToken = options.unreadable ? `at_${randomText(48)}` : jwt({
      ...common,
      aud: ["https://api.openai.com/v1"],
      client_id: CLIENT_ID,
      jti: randomText(16),
      nbf: iat,
      scp: ["openid", "profile", "email", "offline_access"],
      "https://api.openai.com/auth": authClaims(grant),
      "https://api.openai.com/profile": profile,
    });
    const idToken = jwt({
      ...common,
      ...profile,
      aud: [CLIENT_ID],
      auth_time: iat,
      jti: randomText(16),
      rat: iat,
      sid: grant.id,
      "https://api.openai.com/auth": {
        ...authClaims(grant),
        // An organization id is never an account id: a client that mixes them up shows here.
        organizations: [{
          id: "org-standin",
          is_default: true,
          role: "owner",
          title: "Personal",
        }],
        groups: [],
      },
      "https://api.openai.com/profile": profile,
    });
    const refreshToken = `rt_${randomText(48)}`;
    this.#access.set(accessToken, {
      grant,
      expiresAt: exp * 1000,
      valid: true,
    });
    this.#refresh.set(refreshToken, { grant, spent: false });
    return {
      accessToken,
      refreshToken,
      idToken,
      accountId: grant.accountId,
      email: grant.email,
      plan: grant.plan,
      expiresAt: exp * 1000,
    };
  }

  /** Says whose access token this is, or why it is not accepted. */
  access(token: string): Grant | "unknown" | "expired" | "invalidated" {
    const entry = this.#access.get(token);
    if (entry === undefined) return "unknown";
    if (!entry.valid || !entry.grant.alive) return "invalidated";
    if (entry.expiresAt <= this.#options.now()) return "expired";
    return entry.grant;
  }

  /** Looks a refresh token up without spending it. */
  refresh(token: string): { grant: Grant; spent: boolean } | undefined {
    return this.#refresh.get(token);
  }

  /** Spends a refresh token: a second use is a replay. */
  spend(token: string): void {
    const entry = this.#refresh.get(token);
    if (entry !== undefined) entry.spent = true;
  }

  /** Makes every access token issued so far worthless. */
  invalidateAccess(): void {
    for (const entry of this.#access.values()) entry.valid = false;
  }

  /** Forgets a refresh token that was minted for a reply which does not carry it. */
  withdraw(token: string): void {
    this.#refresh.delete(token);
  }
}

/** Random text of the base64url alphabet made from so many bytes. */
export function randomText(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** Base64url without padding, as PKCE and JWTs want it. */
export function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function jwt(claims: Record<string, unknown>): string {
  const header = { alg: "RS256", typ: "JWT", kid: "standin" };
  // Nobody checks this signature (reference, section 4); it has the right form and length.
  return [header, claims].map((part) =>
    base64url(new TextEncoder().encode(JSON.stringify(part)))
  )
    .concat(randomText(256)).join(".");
}

function authClaims(grant: Grant): Record<string, unknown> {
  return {
    chatgpt_account_id: grant.accountId,
    chatgpt_account_user_id: `user-standin__${grant.accountId}`,
    chatgpt_compute_residency: "no_constraint",
    chatgpt_plan_type: grant.plan,
    chatgpt_user_id: "user-standin",
    user_id: "user-standin",
  };
}
