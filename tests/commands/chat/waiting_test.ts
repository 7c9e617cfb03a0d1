import assert from "node:assert/strict";
import { withWaiting } from "../../../src/commands/chat/waiting.ts";
import type { Output } from "../../../src/host.ts";
import { type MemoryHost, memoryHost } from "../../support/memory_host.ts";

/** How long nothing must come, and how often the time is told after that. */
const [PATIENCE, TICK] = [300, 1000];

const ERASE = "\r\x1b[K";
const shown = (seconds: number): string =>
  `${ERASE}\x1b[2m… ${seconds} s\x1b[22m`;

/** Writes what comes as the chat does. */
async function writeAll(
  outputs: AsyncIterable<Output>,
  host: MemoryHost,
): Promise<void> {
  for await (const output of withWaiting(outputs, host)) {
    await host.write(output);
  }
}

function screenOf(host: MemoryHost): string {
  return host.written.map(({ text }) => text).join("");
}

Deno.test("withWaiting() hands on what comes at once, and nothing else", async () => {
  const host = memoryHost();
  async function* outputs(): AsyncGenerator<Output, void, undefined> {
    yield await Promise.resolve({ to: "stdout", text: "a\n" });
    yield { to: "stderr", text: "b" };
  }
  await writeAll(outputs(), host);
  assert.equal(screenOf(host), "a\nb");
  assert.deepEqual(host.sleeping, []);
});

Deno.test("withWaiting() shows how long nothing comes, and leaves no trace of it", async () => {
  const host = memoryHost();
  const first = Promise.withResolvers<void>();
  async function* outputs(): AsyncGenerator<Output, void, undefined> {
    await first.promise;
    yield { to: "stdout", text: "a" };
  }
  const writing = writeAll(outputs(), host);
  await host.sleeps(PATIENCE);
  assert.equal(screenOf(host), "");
  host.wake(PATIENCE);
  await host.sleeps(TICK);
  host.wake(TICK);
  await host.sleeps(TICK);
  first.resolve();
  await writing;
  assert.equal(screenOf(host), `${shown(0)}${shown(1)}${ERASE}a`);
});

Deno.test("withWaiting() shows nothing in the middle of a line", async () => {
  const host = memoryHost();
  const second = Promise.withResolvers<void>();
  async function* outputs(): AsyncGenerator<Output, void, undefined> {
    yield { to: "stdout", text: "a" };
    await second.promise;
    yield { to: "stdout", text: "b\n" };
  }
  const iterator = withWaiting(outputs(), host)[Symbol.asyncIterator]();
  await iterator.next();
  const next = iterator.next();
  assert.deepEqual(host.sleeping, []);
  second.resolve();
  await next;
  await iterator.return();
});

Deno.test("withWaiting() clears the line before a failure", async () => {
  const host = memoryHost();
  const failure = Promise.withResolvers<void>();
  // deno-lint-ignore require-yield -- it fails first
  async function* outputs(): AsyncGenerator<Output, void, undefined> {
    await failure.promise;
  }
  const writing = writeAll(outputs(), host);
  await host.sleeps(PATIENCE);
  host.wake(PATIENCE);
  await host.sleeps(TICK);
  failure.reject(new Error("cut"));
  await assert.rejects(writing, /cut/);
  assert.equal(screenOf(host), `${shown(0)}${ERASE}`);
});

Deno.test("withWaiting() ends what it pulls from when nobody asks for more", async () => {
  const host = memoryHost();
  let ended = false;
  async function* outputs(): AsyncGenerator<Output, void, undefined> {
    try {
      yield await Promise.resolve({ to: "stdout", text: "a" });
      yield { to: "stdout", text: "b" };
    } finally {
      ended = true;
    }
  }
  for await (const _ of withWaiting(outputs(), host)) break;
  assert.ok(ended);
});
