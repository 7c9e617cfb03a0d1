import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { CLIENT_ID } from "../../scripts/standin/tokens.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { ask } from "./client.ts";

function post(
  standin: Standin,
  path: string,
  fields: Record<string, string>,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(new URL(path, standin.issuer), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
    ...(signal === undefined ? {} : { signal }),
  });
}

function revocation(token: string): Record<string, string> {
  return { token, token_type_hint: "refresh_token", client_id: CLIENT_ID };
}

async function refreshed(standin: Standin, token: string): Promise<number> {
  const response = await post(standin, "/oauth/token", {
    client_id: CLIENT_ID,
    grant_type: "refresh_token",
    refresh_token: token,
  });
  await response.text();
  return response.status;
}

Deno.test("revoke ends the refresh token, the access token and every descendant", async () => {
  await using standin = await startStandin();
  const tokens = standin.grant();
  const other = standin.grant();
  const response = await post(
    standin,
    "/oauth/revoke",
    revocation(tokens.refreshToken),
  );
  await response.text();
  assert.equal(response.status, 200);
  assert.equal(await refreshed(standin, tokens.refreshToken), 401);
  const answer = await ask(standin, tokens);
  await answer.text();
  assert.equal(answer.status, 401);
  assert.equal(await refreshed(standin, other.refreshToken), 200);
  assert.deepEqual(standin.violations, []);
});

for (
  const [outcome, status] of [["server_error", 500], [
    "unauthorized",
    401,
  ]] as const
) {
  Deno.test(`revokePlan("${outcome}") answers ${status} and revokes nothing`, async () => {
    await using standin = await startStandin();
    standin.revokePlan(outcome);
    const { refreshToken } = standin.grant();
    const response = await post(
      standin,
      "/oauth/revoke",
      revocation(refreshToken),
    );
    await response.text();
    assert.equal(response.status, status);
    assert.equal(await refreshed(standin, refreshToken), 200);
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("revokePlan() breaks the connection and keeps silent", async () => {
  await using standin = await startStandin();
  standin.revokePlan("drop", "hang");
  const { refreshToken } = standin.grant();
  const fields = revocation(refreshToken);
  const broken = await post(standin, "/oauth/revoke", fields);
  await assert.rejects(broken.text());
  const leaving = new AbortController();
  const waiting = post(standin, "/oauth/revoke", fields, leaving.signal);
  await standin.until((requests) => requests.length === 2);
  leaving.abort();
  await assert.rejects(waiting);
  assert.equal(await refreshed(standin, refreshToken), 200);
  assert.throws(() => standin.revokePlan("nonsense"), RangeError);
});

const WRONG: readonly [string, Record<string, string>, RegExp][] = [
  ["another client", { client_id: "app_other" }, /client_id/],
  ["another hint", { token_type_hint: "access_token" }, /hint/],
  ["an unknown token", { token: "rt_unknown" }, /unknown refresh token/],
  ["a field too many", { reason: "logout" }, /field reason/],
];

for (const [name, changes, expected] of WRONG) {
  Deno.test(`revoke notes ${name}`, async () => {
    await using standin = await startStandin();
    const fields = revocation(standin.grant().refreshToken);
    const response = await post(standin, "/oauth/revoke", {
      ...fields,
      ...changes,
    });
    await response.text();
    assert.match(standin.violations.join(), expected);
  });
}
