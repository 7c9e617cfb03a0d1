import assert from "node:assert/strict";
import { fillIn } from "../../scripts/readme.ts";
import { help } from "../../src/cli/help.ts";

const PLACES = [
  "help",
  "help setup",
  "help status",
  "help models",
  "help logout",
  "help session",
  "help batch",
  "help tools",
  "help mcp",
  "exit status",
  "environment",
].map((name) => `<!-- ${name} -->\n<!-- end -->\n`).join("");

Deno.test("fillIn() fills every place, and changes nothing the second time", () => {
  const filled = fillIn(PLACES);
  for (
    const command of [
      "setup",
      "status",
      "models",
      "logout",
      "session",
      "batch",
      "tools",
      "mcp",
    ] as const
  ) {
    assert.ok(filled.includes(help(command).trimEnd()));
  }
  assert.equal(fillIn(filled), filled);
});

Deno.test("fillIn() throws when a place is missing", () => {
  const cut = PLACES.replace("<!-- environment -->", "");
  assert.throws(() => fillIn(cut), /no place for "environment"/);
});
