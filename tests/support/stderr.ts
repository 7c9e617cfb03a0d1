import assert from "node:assert/strict";

/** C0 but newline, DEL, C1, and the marks that turn the direction of text. */
const CONTROL =
  // deno-lint-ignore no-control-regex -- these are what must not be there
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Fails unless stderr is fit for a person: no control characters, no stack, at most one error, and that a sentence. */
export function assertPlainStderr(stderr: string, code: number): void {
  const at = CONTROL.exec(stderr);
  assert.equal(
    at,
    null,
    `a control character on stderr: ${JSON.stringify(stderr)}`,
  );
  assert.doesNotMatch(stderr, /^\s+at .+:\d+:\d+/m, "a stack trace");
  assert.ok(stderr === "" || stderr.endsWith("\n"), "an open last line");
  const errors = stderr.split("\n").filter((line) => line.startsWith("meka: "));
  if (code === 0 || code === 141) return assert.deepEqual(errors, []);
  assert.equal(errors.length, 1, `not one error line:\n${stderr}`);
  const [error = ""] = errors;
  assert.match(error, /^meka: \S/);
  assert.ok(error.length < 1500, `an error of ${error.length} characters`);
  assert.doesNotMatch(
    error,
    /undefined|\[object|NaN|Something went wrong inside/,
  );
}
