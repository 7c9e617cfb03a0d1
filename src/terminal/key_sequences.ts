import { stripControl } from "../http/redact.ts";

/**
 * What a person did: typed a letter, pasted a text, or pressed a key that has a name, like "enter", "ctrl-a",
 * "alt-left" or "ctrl-alt-shift-up".
 */
export type Key = Readonly<
  | { type: "text"; text: string }
  | { type: "paste"; text: string }
  | { type: "key"; name: string }
>;

/** Modifiers as xterm counts them. */
const SHIFT = 1;
const ALT = 2;
const CTRL = 4;
const LOCKS = 64 | 128;

/** Keys that send a character of their own. */
const BY_CODE: ReadonlyMap<number, string> = new Map([
  [0x08, "backspace"],
  [0x09, "tab"],
  [0x0d, "enter"],
  [0x1b, "escape"],
  [0x7f, "backspace"],
]);

/** Keys by the last letter of their sequence. */
const BY_LETTER: ReadonlyMap<string, string> = new Map([
  ["A", "up"],
  ["B", "down"],
  ["C", "right"],
  ["D", "left"],
  ["F", "end"],
  ["H", "home"],
]);

/** Keys by their number, before a tilde: of xterm, of the Linux console, of rxvt. */
const BY_NUMBER: ReadonlyMap<string, string> = new Map([
  ["1", "home"],
  ["2", "insert"],
  ["3", "delete"],
  ["4", "end"],
  ["5", "pageup"],
  ["6", "pagedown"],
  ["7", "home"],
  ["8", "end"],
]);

/** What rxvt writes in the place of the tilde. */
const RXVT_TILDES: ReadonlyMap<string, number> = new Map([
  ["$", SHIFT],
  ["^", CTRL],
  ["@", CTRL | SHIFT],
]);

/**
 * The key that sends a control character.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(controlKey(0x01), { type: "key", name: "ctrl-a" });
 * assert.deepEqual(controlKey(0x0d), { type: "key", name: "enter" });
 * ```
 */
export function controlKey(byte: number): Key {
  const name = BY_CODE.get(byte);
  if (name !== undefined) return named(name, 0);
  if (byte === 0) return named("space", CTRL);
  return named(String.fromCharCode(byte + 0x40).toLowerCase(), CTRL);
}

/** The key of an ASCII character behind an escape character. */
export function altKey(byte: number): Key {
  const isControl = byte < 0x20 || byte === 0x7f;
  if (isControl) return withAlt(controlKey(byte));
  return named(String.fromCharCode(byte).toLowerCase(), ALT);
}

/** The key that an escape character more makes of one. */
export function withAlt(key: Key): Key {
  if (key.type !== "key") return key;
  const name = key.name.replace(/^(ctrl-)?(?:alt-)?/, "$1alt-");
  return { type: "key", name };
}

/**
 * The key of `CSI parameters last`, "paste" where a pasted text begins; undefined for what is no key.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(csiKey("1;5", "D"), { type: "key", name: "ctrl-left" });
 * assert.deepEqual(csiKey("3", "~"), { type: "key", name: "delete" });
 * assert.equal(csiKey("?1;2", "c"), undefined);
 * ```
 */
export function csiKey(
  parameters: string,
  last: string,
): Key | "paste" | undefined {
  // Others are answers of the terminal.
  if (!/^[\d;:]*$/.test(parameters)) return undefined;
  const [first = "", second = "", third = ""] = parameters.split(";");
  if (last === "Z") return named("tab", SHIFT);
  if (last === "u") return codeKey(first, modifiersOf(second));
  const rxvt = RXVT_TILDES.get(last);
  if (rxvt !== undefined) return modified(BY_NUMBER.get(first), rxvt);
  if (last !== "~") return letterKey(last, modifiersOf(second || first), SHIFT);
  if (first === "200") return "paste";
  if (first === "27") return codeKey(third, modifiersOf(second));
  return modified(BY_NUMBER.get(first), modifiersOf(second));
}

/** The key of `SS3 parameter last`; undefined for what is no key. */
export function ss3Key(parameter: string, last: string): Key | undefined {
  // The one of the number pad.
  if (last === "M") return named("enter", 0);
  return letterKey(last, modifiersOf(parameter), CTRL);
}

/** An arrow, or an end of the line; rxvt writes the arrows small for one of the modifiers. */
function letterKey(
  letter: string,
  modifiers: number | undefined,
  small: number,
): Key | undefined {
  if (!/^[a-d]$/.test(letter)) {
    return modified(BY_LETTER.get(letter), modifiers);
  }
  return modified(BY_LETTER.get(letter.toUpperCase()), small);
}

/** A key that is told by the code of its letter. */
function codeKey(
  code: string,
  modifiers: number | undefined,
): Key | undefined {
  const point = parseInt(code);
  // Keys without a letter have codes of private use.
  const isLetter = point < 0xd800 || point > 0xf8ff && point <= 0x10ffff;
  if (modifiers === undefined || !isLetter) return undefined;
  const name = BY_CODE.get(point);
  if (name !== undefined) return named(name, modifiers);
  const letter = String.fromCodePoint(point);
  if (modifiers & ~SHIFT) {
    return named(letter.toLowerCase(), modifiers & ~SHIFT);
  }
  const text = stripControl(modifiers ? letter.toUpperCase() : letter);
  return text === "" ? undefined : { type: "text", text };
}

/** Undefined for a key that is let go, or is held with a modifier that no key here has. */
function modifiersOf(parameter: string): number | undefined {
  const [count = "", event] = parameter.split(":");
  const modifiers = Math.max(0, Number(count) - 1) & ~LOCKS;
  return event === "3" || modifiers > 7 ? undefined : modifiers;
}

function modified(
  name: string | undefined,
  modifiers: number | undefined,
): Key | undefined {
  return name === undefined || modifiers === undefined
    ? undefined
    : named(name, modifiers);
}

function named(name: string, modifiers: number): Key {
  const prefix = (modifiers & CTRL ? "ctrl-" : "") +
    (modifiers & ALT ? "alt-" : "") + (modifiers & SHIFT ? "shift-" : "");
  return { type: "key", name: prefix + name };
}
