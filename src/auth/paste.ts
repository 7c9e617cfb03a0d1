import { type CallbackReading, readCallback } from "./authorize.ts";

/** What a pasted text turned out to be; "unclear" says what was expected instead. */
export type PasteReading =
  | CallbackReading
  | { readonly type: "unclear"; readonly problem: string };

/** Shorter than any issuer's code, and longer than what is typed by accident. */
const SHORTEST_CODE = 8;

/**
 * Judges what a person pasted: the address that the browser ended on, or the code alone, with `#` and the state after
 * it or without. A state is compared like that of a callback; without one the person vouches for the code, and the
 * verifier (RFC 7636, section 1) makes one of another sign-in worthless.
 */
export function readPaste(
  text: string,
  expected: { readonly state: string; readonly issuer: URL },
): PasteReading {
  const pasted = text.trim().replace(/^(["'<])(.*)["'>]$/, "$2");
  const query = /^[^?]*\?([^#]*)/.exec(pasted)?.[1] ??
    (/^(?:[a-z_]+=[^&]*&)*(?:code|error|state)=/.test(pasted)
      ? pasted
      : undefined);
  if (query !== undefined) return readAddress(query, expected);
  if (pasted.includes("://")) return noCode();
  const [code = "", state = expected.state, ...more] = pasted.split("#");
  const plain = more.length === 0 && code.length >= SHORTEST_CODE &&
    /^[\w.~+/=-]+$/.test(code);
  if (!plain) {
    return {
      type: "unclear",
      problem: "That is neither an address nor a code",
    };
  }
  return readCallback(new URLSearchParams({ code, state }), expected);
}

function readAddress(
  query: string,
  expected: { readonly state: string; readonly issuer: URL },
): PasteReading {
  const parameters = new URLSearchParams(query);
  // The address of the sign-in page itself has the right state, and is no answer.
  if (!parameters.has("code") && !parameters.has("error")) return noCode();
  return readCallback(parameters, expected);
}

function noCode(): PasteReading {
  return {
    type: "unclear",
    problem:
      "That address holds no code: paste the one that the browser shows after you agreed",
  };
}
