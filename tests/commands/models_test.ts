// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { models } from "../../src/commands/models.ts";
import { accountPlace } from "../support/account_place.ts";
import type { Reply } from "../support/scripted_fetch.ts";

function list(...entries: readonly Readonly<Record<string, unknown>>[]): Reply {
  return () => Response.json({ models: entries }, { headers: { etag: '"1"' } });
}

const refused: Reply = () =>
  Promise.reject(new TypeError("tcp connect error: Connection refused"));

const FIRST = {
  slug: "gpt-x",
  display_name: "GPT X",
  supported_reasoning_levels: [{ effort: "low" }, { effort: "high" }],
  default_reasoning_level: "high",
  context_window: 272_000,
  input_modalities: ["text", "image"],
  priority: 1,
};
const LONG = { ...FIRST, slug: "模型-long-name", priority: 2 };
const BARE = { slug: "bare", priority: 3 };
const HIDDEN = { slug: "hidden", visibility: "hide", priority: 0 };

Deno.test("models() aligns its columns on a terminal, wide letters too", async () => {
  await using place = await accountPlace({
    terminal: true,
    replies: [list(FIRST, LONG, BARE, HIDDEN)],
  });
  assert.equal(await models(place.context()), 0);
  assert.equal(
    place.host.stdout(),
    `MODEL           CONTEXT  READS       EFFORTS (* DEFAULT)
gpt-x*          272k     text image  low high*
模型-long-name  272k     text image  low high*
bare
`,
  );
});

Deno.test("models() writes tabs in a pipe, and no head", async () => {
  await using place = await accountPlace({ replies: [list(BARE, FIRST)] });
  await models(place.context());
  assert.equal(
    place.host.stdout(),
    "gpt-x\t272k\ttext image\tlow high*\nbare\t\t\t\n",
  );
});

Deno.test("models() --json has the contract's fields for what is listed", async () => {
  await using place = await accountPlace({ replies: [list(BARE, HIDDEN)] });
  await models(place.context({ json: "" }));
  assert.deepEqual(JSON.parse(place.host.stdout()), {
    models: [{
      id: "bare",
      name: "bare",
      efforts: [],
      default_effort: null,
      context_window: null,
      modalities: [],
    }],
    default_model: "bare",
    told_at: place.host.clock / 1000,
  });
});

Deno.test("models() shows the kept list with its age when there is no network", async () => {
  await using place = await accountPlace({
    replies: [list(FIRST), refused, refused],
  });
  await models(place.context());
  const fresh = place.host.stdout();
  place.host.written.length = 0;
  place.host.clock += 3 * 3_600_000;
  assert.equal(await models(place.context()), 0);
  assert.equal(place.host.stdout(), fresh);
  assert.equal(
    place.host.stderr(),
    "warning: Cannot ask chatgpt.com for the list of models: connection refused. Check the network connection\n" +
      "warning: The list of models is 3 h old\n",
  );
  place.host.written.length = 0;
  await models(place.context({ quiet: "" }));
  assert.equal(place.host.stderr(), "");
});

Deno.test("models() without a network and a list fails, and so does nobody", async () => {
  await using place = await accountPlace({ replies: [refused] });
  await assert.rejects(models(place.context()), { kind: "network" });
  await using nobody = await accountPlace({ row: false });
  await assert.rejects(models(nobody.context()), { kind: "auth" });
  assert.equal(nobody.requests.length, 0);
});

Deno.test("models() shows a list that it cannot keep", async () => {
  await using place = await accountPlace({ replies: [list(FIRST)] });
  using database = new DatabaseSync(place.path);
  database.exec("DROP TABLE models");
  assert.equal(await models(place.context()), 0);
  assert.match(place.host.stdout(), /^gpt-x\t/);
  assert.equal(
    place.host.stderr(),
    "warning: Cannot keep the list of models: no such table: models\n",
  );
});

Deno.test("models() says that there are none", async () => {
  await using place = await accountPlace({ replies: [list(HIDDEN)] });
  assert.equal(await models(place.context()), 0);
  assert.equal(place.host.stdout(), "");
  assert.equal(place.host.stderr(), "warning: The account has no models\n");
});
