import type { Host } from "../host.ts";
import type { Credential } from "../message.ts";
import type { CredentialAnswer, CredentialSource } from "../stream_turn.ts";

/** How long a credential is taken for the current one, in milliseconds; tokens are renewed minutes before their end. */
const FRESH_MS = 10_000;

/** What {@linkcode sharedCredentials} is made with. */
export interface SharedOptions {
  readonly host: Pick<Host, "elapsed">;
  /** Ends a refresh, which no single turn does: the others wait for it, too. */
  readonly signal: AbortSignal;
  /** Names a secret that is in use. */
  readonly hide: (secret: string) => void;
}

/** A source of credentials for many turns at once, which asks the one behind it every few seconds only. */
export function sharedCredentials(
  source: CredentialSource,
  { host, signal, hide }: SharedOptions,
): CredentialSource {
  let last: Promise<CredentialAnswer> | undefined;
  let askedAt = -Infinity;
  const ask = (): Promise<CredentialAnswer> => {
    askedAt = host.elapsed();
    return source.current(signal);
  };
  return {
    current: async () => {
      if (host.elapsed() - askedAt >= FRESH_MS) last = undefined;
      last ??= ask();
      try {
        const answer = await last;
        hide(secretOf(answer.credential));
        return answer;
      } catch (error) {
        last = undefined;
        throw error;
      }
    },
    afterUnauthorized: async (spent) => {
      last = undefined;
      return await source.afterUnauthorized(spent, signal);
    },
  };
}

function secretOf(credential: Credential): string {
  return credential.type === "oauth"
    ? credential.accessToken
    : credential.key ?? "";
}
