import { base64url, type Grant, randomText, type Vault } from "./tokens.ts";

/** What an authorize request asked for and the code exchange must match. */
export interface Authorization {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly state: string;
  readonly scope: string;
}

interface IssuedCode extends Authorization {
  readonly issuedAt: number;
  used: boolean;
  grant?: Grant;
}

const CODE_LIFETIME_MS = 10 * 60_000;

/** The authorization codes issued, each good for one use. */
export class CodeBook {
  readonly #vault: Vault;
  readonly #now: () => number;
  readonly #codes = new Map<string, IssuedCode>();

  constructor(vault: Vault, now: () => number) {
    this.#vault = vault;
    this.#now = now;
  }

  /** Makes a code. */
  issue(authorization: Authorization): string {
    const code = `ac_${randomText(32)}`;
    this.#codes.set(code, {
      ...authorization,
      issuedAt: this.#now(),
      used: false,
    });
    return code;
  }

  /** Spends a code, whatever comes of it; answers the new sign-in or what is wrong. */
  async redeem(fields: URLSearchParams): Promise<Grant | string> {
    const issued = this.#codes.get(fields.get("code") ?? "");
    if (issued === undefined) return "The authorization code is unknown";
    if (issued.used) {
      // RFC 6749, section 4.1.2: what the first use gave should be revoked.
      if (issued.grant !== undefined) issued.grant.alive = false;
      return "The authorization code was used before";
    }
    issued.used = true;
    if (this.#now() - issued.issuedAt > CODE_LIFETIME_MS) {
      return "The authorization code has expired";
    }
    if (fields.get("redirect_uri") !== issued.redirectUri) {
      return "redirect_uri is not the one of the authorize request";
    }
    const verifier = fields.get("code_verifier") ?? "";
    if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) {
      return "code_verifier is not 43 to 128 unreserved characters";
    }
    const digest = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode(verifier),
    );
    if (base64url(new Uint8Array(digest)) !== issued.challenge) {
      return "code_verifier does not match code_challenge";
    }
    issued.grant = this.#vault.open();
    return issued.grant;
  }
}
