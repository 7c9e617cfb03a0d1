import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { logout } from "../../src/commands/logout.ts";
import { type AccountPlace, accountPlace } from "../support/account_place.ts";
import { type Reply, silence } from "../support/scripted_fetch.ts";

const ended: Reply = () => Response.json({});

function isSignedIn({ path }: AccountPlace): boolean {
  using database = new DatabaseSync(path, { readOnly: true });
  const { n } = database.prepare("SELECT count(*) AS n FROM oauth_tokens")
    .get() ?? {};
  return n === 1;
}

Deno.test("logout() forgets on this machine, says so, and asks nobody", async () => {
  await using place = await accountPlace();
  assert.equal(await logout(place.context()), 0);
  assert.equal(isSignedIn(place), false);
  assert.equal(
    place.host.stderr(),
    "The sign-in of someone@example.com is forgotten on this machine.\n" +
      "The issuer was not told (`--revoke` does that): ChatGPT's security settings can end it.\n",
  );
  assert.equal(place.host.stdout(), "");
  assert.equal(place.requests.length, 0);
});

Deno.test("logout() --revoke tells the issuer, and what that ends", async () => {
  await using place = await accountPlace({ replies: [ended] });
  assert.equal(await logout(place.context({ revoke: "" })), 0);
  assert.equal(place.requests[0]?.url, "https://auth.openai.com/oauth/revoke");
  assert.match(place.host.stderr(), /other programs .* may be signed out, too/);
  assert.equal(isSignedIn(place), false);
});

Deno.test("logout() --revoke waits no longer than 10 s, and has forgotten by then", async () => {
  await using place = await accountPlace({ replies: [silence] });
  const leaving = logout(place.context({ revoke: "" }));
  await place.host.sleeps(10_000);
  assert.equal(isSignedIn(place), false);
  place.host.wake(10_000);
  assert.equal(await leaving, 0);
  assert.match(
    place.host.stderr(),
    /^warning: Cannot revoke the sign-in: no answer from "auth\.openai\.com" within 10 seconds; .*security settings\n/,
  );
});

Deno.test("logout() of nobody says so", async () => {
  await using place = await accountPlace({ row: false });
  assert.equal(await logout(place.context({ revoke: "" })), 0);
  assert.equal(
    place.host.stderr(),
    "There was no sign-in of openai-codex to forget.\n",
  );
});

Deno.test("logout() of a provider that is none names those there are", async () => {
  await using place = await accountPlace();
  for (const name of ["x", "toString", ""]) {
    await assert.rejects(logout(place.context({}, [name])), {
      kind: "usage",
      message:
        `\`logout\` cannot forget "${name}"; there are: openai-codex, openai-api`,
    });
  }
  assert.ok(isSignedIn(place));
});

Deno.test("logout() from a store that cannot be written is an error, and keeps all", async () => {
  await using place = await accountPlace();
  place.host.createPrivateFile = () => Promise.reject(new Error("EROFS"));
  await assert.rejects(logout(place.context()), {
    kind: "internal",
    message: /^Cannot delete the stored sign-in: .* cannot be written$/,
  });
  assert.ok(isSignedIn(place));
});

Deno.test("logout() --quiet says nothing", async () => {
  await using place = await accountPlace();
  await logout(place.context({ quiet: "" }));
  assert.equal(place.host.stderr(), "");
});

Deno.test("logout() warns of a token in the environment", async () => {
  await using place = await accountPlace({
    env: { OPENAI_CODEX_TOKEN: "at_given" },
  });
  await logout(place.context());
  assert.match(
    place.host.stderr(),
    /^warning: `OPENAI_CODEX_TOKEN` is set: the next run uses that$/m,
  );
});
