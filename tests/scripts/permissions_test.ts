import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { ENVIRONMENT } from "../../src/cli/help.ts";
import { repositoryPath } from "../support/program.ts";

const ALLOWED = config.permissions.meka.env.allow;

// One that is left out reads as unset, and nothing would tell.
Deno.test("the permission set names every variable that the help names", () => {
  const names = ENVIRONMENT.map(([name]) => name);
  const missing = names.filter((name) => !ALLOWED.includes(name));
  assert.deepEqual(missing, []);
});

Deno.test("the permission set names the variables of the source, and no other", async () => {
  const sources = await sourcesIn(repositoryPath("src"));
  const words = sources.flatMap((text) =>
    [...text.matchAll(/"([A-Z][A-Z_]+|[a-z]+_proxy)"/g)].map(([, name]) => name)
  );
  const asked = sources.flatMap((text) =>
    [...text.matchAll(/\benv(?:\.\w+)?\("(\w+)"/g)].map(([, name = ""]) => name)
  );
  assert.deepEqual(ALLOWED.filter((name) => !words.includes(name)), []);
  assert.deepEqual(asked.filter((name) => !ALLOWED.includes(name)), []);
  assert.ok(asked.length > 10);
});

async function sourcesIn(folder: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) texts.push(...await sourcesIn(path));
    else texts.push(await Deno.readTextFile(path));
  }
  return texts;
}
