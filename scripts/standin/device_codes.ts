import { randomText } from "./tokens.ts";

/** How long a person has to type the code (reference, section 3.7). */
export const DEVICE_LIFETIME_MS = 15 * 60_000;

/** One sign-in by device code that has been started. */
export interface DeviceSignIn<Outcome> {
  readonly id: string;
  /** The code that the person types. */
  readonly userCode: string;
  readonly outcome: Outcome;
  readonly startedAt: number;
  /** How often the client has asked. */
  polls: number;
  lastPollAt: number | undefined;
  /** What the person decided. */
  decision: "approve" | "deny" | undefined;
  /** Its last word has been said: nothing may be asked any more. */
  over: boolean;
}

/** The sign-ins by device code, found by the client's id or by what the person types. */
export class DeviceBook<Outcome> {
  readonly #signIns = new Map<string, DeviceSignIn<Outcome>>();

  /** Starts a sign-in. */
  open(outcome: Outcome, now: number): DeviceSignIn<Outcome> {
    const signIn: DeviceSignIn<Outcome> = {
      id: `deviceauth_${randomText(18)}`,
      userCode: this.#freshCode(),
      outcome,
      startedAt: now,
      polls: 0,
      lastPollAt: undefined,
      decision: undefined,
      over: false,
    };
    this.#signIns.set(signIn.id, signIn);
    return signIn;
  }

  /** Finds the sign-in that a client asks for; both names must be of the same one. */
  byId(id: string, userCode: string): DeviceSignIn<Outcome> | undefined {
    const found = this.#signIns.get(id);
    return found?.userCode === userCode ? found : undefined;
  }

  /** Finds the sign-in whose code a person typed, in whatever spelling, while there is something to decide. */
  typed(text: string, now: number): DeviceSignIn<Outcome> | undefined {
    const wanted = plain(text);
    return [...this.#signIns.values()].find((signIn) =>
      plain(signIn.userCode) === wanted && !signIn.over &&
      signIn.decision === undefined &&
      now - signIn.startedAt <= DEVICE_LIFETIME_MS
    );
  }

  #freshCode(): string {
    const taken = new Set(
      [...this.#signIns.values()].map(({ userCode }) => userCode),
    );
    for (;;) {
      const code = `${pick("ABCDEFGHJKLMNPQRSTUVWXYZ", 4)}-${
        pick("0123456789", 5)
      }`;
      if (!taken.has(code)) return code;
    }
  }
}

function plain(text: string): string {
  return text.toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
}

function pick(alphabet: string, length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join("");
}
