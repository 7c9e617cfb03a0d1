import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import { startStandin } from "../../scripts/standin/mod.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import { askedScenario } from "../../scripts/standin/markers.ts";
import { findScenario, SCENARIOS } from "../../scripts/standin/scenarios.ts";
import { ask } from "./client.ts";

/** Those that go on until the client leaves. */
const SILENT = /^(?:hang_|first_then_silence|endless|flood)/;

/** Reads a stream by the book, in the dullest way: the text, and whether the answer came to its good end. */
function read(stream: string): { text: string; completed: boolean } {
  let text = "";
  let completed = false;
  const withDeltas = new Set<unknown>();
  const parser = createParser({
    onEvent({ data }): void {
      if (data === "[DONE]") return;
      const event = JSON.parse(data);
      if (
        event.type === "response.output_text.delta" ||
        event.type === "response.refusal.delta"
      ) {
        withDeltas.add(event.item_id);
        text += event.delta;
      }
      if (
        event.type === "response.output_item.done" &&
        event.item.type === "message" && !withDeltas.has(event.item.id)
      ) {
        for (const part of event.item.content) {
          text += part.text ?? part.refusal;
        }
      }
      if (event.type === "response.completed") completed = true;
    },
  });
  parser.feed(stream);
  return { text, completed };
}

Deno.test("every scenario that ends can be played, and what it expects on stdout is what it sends", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const tokens = standin.grant();
  let session = 0;
  for (const [name, { expect }] of Object.entries(SCENARIOS)) {
    if (SILENT.test(name)) continue;
    standin.play(name);
    const id = `01990000-0000-7000-8000-${String(++session).padStart(12, "0")}`;
    let last = { text: "", completed: false };
    let state: Record<string, string> = {};
    for (
      let attempt = 0;
      attempt < (expect?.exit === 0 ? expect.requests : 1);
      attempt++
    ) {
      const response = await ask(standin, tokens, {
        prompt: PROMPT,
        session: id,
        headers: state,
      });
      state = {
        "x-codex-turn-state": response.headers.get("x-codex-turn-state") ?? "",
      };
      const body = await response.text().catch(() => "");
      if (
        response.headers.get("content-type")?.startsWith("text/event-stream") &&
        expect?.exit === 0
      ) last = read(body);
    }
    assert.deepEqual(standin.violations, [], name);
    assert.equal(standin.requests.at(-1)?.scenario, name);
    standin.reset();
    if (expect?.exit !== 0) continue;
    assert.equal(last.completed, true, name);
    assert.equal(
      last.text.endsWith("\n") ? last.text : `${last.text}\n`,
      expect.stdout,
      name,
    );
  }
});

for (const name of Object.keys(SCENARIOS).filter((key) => SILENT.test(key))) {
  Deno.test(`scenario ${name} goes on until the client leaves`, async () => {
    await using standin = await startStandin();
    standin.play(name);
    const leaving = new AbortController();
    const asked = ask(standin, standin.grant(), { signal: leaving.signal });
    await standin.until((requests) => requests.length === 1);
    if (name === "hang_before_head") {
      leaving.abort();
      await assert.rejects(asked);
    } else {
      const response = await asked;
      if (name !== "hang_after_head") await response.body?.getReader().read();
      leaving.abort();
      if (name === "hang_after_head") await assert.rejects(response.text());
    }
    await standin.until((requests) => requests[0]?.aborted === true);
  });
}

Deno.test("expectations keep to the contract's exit codes and retries", () => {
  for (const [name, { expect }] of Object.entries(SCENARIOS)) {
    if (expect === undefined) continue;
    assert.ok([0, 1, 3, 4, 5, 6, 7, 8].includes(expect.exit), name);
    assert.ok([1, 2, 5].includes(expect.requests), name);
    if (expect.exit === 7 && expect.stdout !== "") {
      assert.equal(expect.requests, 1, name);
    }
    if (expect.exit === 0) assert.ok(expect.stdout.endsWith("\n"), name);
    else assert.equal(expect.stdout.endsWith("\n"), false, name);
  }
});

const ASKED: readonly [string, string | undefined][] = [
  ["say hi", undefined],
  ["[[scenario:echo]] say hi", "echo"],
  ["say [[scenario: deltas:5:20 ]] hi", "deltas:5:20"],
];

for (const [prompt, expected] of ASKED) {
  Deno.test(`askedScenario() finds ${expected} in ${JSON.stringify(prompt)}`, () => {
    assert.equal(askedScenario(prompt), expected);
  });
}

const SIZES: readonly [string, number | undefined][] = [
  ["deltas:3:20", 60],
  ["deltas:3:1", 3],
  ["deltas:3:20:each", 60],
  ["megabytes:2", 2 * 1024 * 1024],
  ["deltas:0:20", undefined],
  ["deltas:x:20", undefined],
  ["megabytes:99", undefined],
  ["toString", undefined],
];

for (const [name, length] of SIZES) {
  Deno.test(`findScenario() reads ${name}`, () => {
    assert.equal(findScenario(name)?.expect?.stdout.length, length);
  });
}
