import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Standin } from "../../scripts/standin/types.ts";
import type { Home } from "./meka.ts";

/** Every secret that a run can have had in its hands: what it sent, and what lies in its database. */
export function secretsOf(standin: Standin, home: Home): Set<string> {
  const secrets = new Set<string>();
  const add = (value: unknown): void => {
    if (typeof value !== "string") return;
    // A part of a token is as bad; the first one of a JWT is the same for everybody.
    const [first = "", ...parts] = value.split(".");
    const names = parts.length === 2 ? [value, ...parts] : [value, first];
    for (const name of names) if (name.length >= 16) secrets.add(name);
  };
  for (const { server, headers, body, search } of standin.requests) {
    add(headers.get("authorization")?.replace(/^Bearer /, ""));
    for (const pair of headers.get("cookie")?.split("; ") ?? []) {
      add(pair.slice(pair.indexOf("=") + 1));
    }
    if (server !== "issuer") continue;
    for (const text of [body, search]) {
      const fields = text.startsWith("{")
        ? Object.entries(JSON.parse(text))
        : [...new URLSearchParams(text)];
      for (const [name, value] of fields) {
        if (SECRET_FIELDS.has(name)) add(value);
      }
    }
  }
  for (const value of storedSecrets(home.database)) add(value);
  return secrets;
}

const SECRET_FIELDS = new Set([
  "code",
  "code_verifier",
  "refresh_token",
  "access_token",
  "id_token",
]);

/** Fails when one of the secrets stands in a text. */
export function assertNoSecret(
  text: string,
  secrets: Iterable<string>,
  where: string,
): void {
  for (const secret of secrets) {
    assert.ok(
      !text.includes(secret),
      `a secret (${secret.slice(0, 6)}…) in ${where}`,
    );
  }
}

function storedSecrets(path: string): unknown[] {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { readOnly: true });
  } catch {
    return [];
  }
  try {
    return [
      "SELECT access_token, refresh_token, id_token FROM oauth_tokens",
      "SELECT value FROM cookies",
    ].flatMap((sql) => database.prepare(sql).all().flatMap(Object.values));
  } catch {
    return [];
  } finally {
    database.close();
  }
}
