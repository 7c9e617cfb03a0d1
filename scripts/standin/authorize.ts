import { CLIENT_ID } from "./tokens.ts";

/** The four scopes without which a sign-in is of no use. */
const SCOPES = ["openid", "profile", "email", "offline_access"] as const;

/** Lists what is wrong with the query of an authorize request; nothing wrong, an empty list. */
export function authorizeProblems(
  query: URLSearchParams,
  redirectPorts: readonly number[],
): string[] {
  const problems: string[] = [];
  const expect = (
    name: string,
    ok: (value: string) => boolean,
    wanted: string,
  ): void => {
    const values = query.getAll(name);
    if (values.length !== 1) {
      problems.push(`${name} is given ${values.length} times`);
    } else if (!ok(values[0] ?? "")) problems.push(`${name} is not ${wanted}`);
  };
  expect("response_type", (value) => value === "code", `"code"`);
  expect("client_id", (value) => value === CLIENT_ID, `"${CLIENT_ID}"`);
  expect(
    "redirect_uri",
    (value) =>
      redirectPorts.some((port) =>
        ["localhost", "127.0.0.1"].some((host) =>
          value === `http://${host}:${port}/auth/callback`
        )
      ),
    `http://localhost:PORT/auth/callback with a registered port (${
      redirectPorts.join(", ")
    })`,
  );
  expect(
    "code_challenge",
    (value) => /^[A-Za-z0-9_-]{43}$/.test(value),
    "43 characters of base64url",
  );
  expect("code_challenge_method", (value) => value === "S256", `"S256"`);
  expect("state", (value) => value.length >= 32, "at least 32 characters long");
  expect(
    "scope",
    (value) => SCOPES.every((scope) => value.split(" ").includes(scope)),
    `a list with ${SCOPES.join(" ")}`,
  );
  expect("id_token_add_organizations", (value) => value === "true", `"true"`);
  expect("codex_cli_simplified_flow", (value) => value === "true", `"true"`);
  expect(
    "originator",
    (value) => value !== "" && !isCodexName(value),
    "the client's own name",
  );
  const known = new Set([
    "response_type",
    "client_id",
    "redirect_uri",
    "code_challenge",
    "code_challenge_method",
    "state",
    "scope",
    "id_token_add_organizations",
    "codex_cli_simplified_flow",
    "originator",
    "allowed_workspace_id",
  ]);
  for (const name of new Set(query.keys())) {
    if (!known.has(name)) problems.push(`${name} is not a known parameter`);
  }
  return problems;
}

/** Tells a name of the first-party client from one of somebody else's. */
export function isCodexName(name: string): boolean {
  return /^codex/i.test(name);
}
