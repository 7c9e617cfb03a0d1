import { createHash } from "node:crypto";
import { randomText } from "./tokens.ts";

/** Makes ciphertexts that tell by themselves whom they were made for, so that none has to be remembered. */
export class Seals {
  readonly #secret: string = randomText(16);

  /** Makes the ciphertext of some reasoning; about a third longer than the bytes it has. */
  make(account: string, bytes = 180): string {
    const text = randomText(bytes);
    return `gAAAAAB${text}${this.#mark(text, account)}`;
  }

  /** Tells whether a ciphertext was made here, and for this account. */
  fits(ciphertext: string, account: string): boolean {
    const text = ciphertext.slice("gAAAAAB".length, -MARK);
    return ciphertext.startsWith("gAAAAAB") &&
      ciphertext.endsWith(this.#mark(text, account));
  }

  #mark(text: string, account: string): string {
    return createHash("sha256").update(`${this.#secret} ${account} ${text}`)
      .digest("base64url").slice(0, MARK);
  }
}

/** The length of what is told by a ciphertext's end. */
const MARK = 22;
