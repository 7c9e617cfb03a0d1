import { Redactor } from "../http/redact.ts";

/** Variables of meka itself and of the services that it signs in to. */
const OWN = /^(?:OPENAI|MEKA)_/i;

/** Words in a name that are said of secrets; an author is nobody's authentication. */
const SECRET =
  /KEY(?!BOARD|MAP)|TOKEN|SECRET|PASSW|PASSPHRASE|PASSFILE|(?:^|_)PASS$|_PWD$|_PAT$|CREDENTIAL|AUTH(?!OR(?!I))|COOKIE|BEARER|JWT|PRIVATE|SIGNATURE|(?:^|_)DSN$|WEBHOOK/i;

/** What the redactor does not know by its shape: an address with a password, and what other services hand out. */
const SHAPES = [
  /\/\/[^/?#\s@:]*:[^/?#\s]*@/,
  /\b(?:gh[pousr]|github_pat|glpat|xox[abeprs]|npm|pypi|hf)[-_][\w-]{16,}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
] as const;

/**
 * An environment for programs that a model has a hand in: what by its name or its value is a key, a token, a password or
 * a cookie is left out, and so is an address with a password in it, as of a proxy. The rest of it reaches them, since
 * programs need what a person has set for them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const env = {
 *   PATH: "/bin",
 *   GIT_AUTHOR_NAME: "A",
 *   GITHUB_TOKEN: "t",
 *   DB: "postgres://u:p@h/d",
 *   HTTPS_PROXY: "http://proxy:3128",
 * };
 * assert.deepEqual(Object.keys(withoutSecrets(env)), [
 *   "PATH",
 *   "GIT_AUTHOR_NAME",
 *   "HTTPS_PROXY",
 * ]);
 * ```
 */
export function withoutSecrets(
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const redactor = new Redactor();
  const isSecret = (name: string, value: string): boolean =>
    OWN.test(name) || SECRET.test(name) || redactor.redact(value) !== value ||
    SHAPES.some((shape) => shape.test(value));
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !isSecret(name, value)),
  );
}
