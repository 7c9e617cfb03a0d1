import assert from "node:assert/strict";
import { Waiting } from "../../../src/commands/chat/waiting.ts";
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
  for await (const output of new Waiting(host).fill(outputs)) {
    await host.write(output);
  }
}

function screenOf(host: MemoryHost): string {
  return host.written.map(({ text }) => text).join("");
}

Deno.test("Waiting.fill() hands on what comes at once, and nothing else", async () => {
  const host = memoryHost();
  async function* outputs(): AsyncGenerator<Output, void, undefined> {
    yield await Promise.resolve({ to: "stdout", text: "a\n" });
    yield { to: "stderr", text: "b" };
  }
  await writeAll(outputs(), host);
  assert.equal(screenOf(host), "a\nb");
  assert.deepEqual(host.sleeping, []);
});

Deno.test("Waiting.fill() shows how long nothing comes, and leaves no trace of it", async () => {
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

Deno.test("Waiting.fill() shows nothing in the middle of a line", async () => {
  const host = memoryHost();
  const second = Promise.withResolvers<void>();
  async function* outputs(): AsyncGenerator<Output, void, undefined> {
    yield { to: "stdout", text: "a" };
    await second.promise;
    yield { to: "stdout", text: "b\n" };
  }
  const iterator = new Waiting(host).fill(outputs())[Symbol.asyncIterator]();
  await iterator.next();
  const next = iterator.next();
  assert.deepEqual(host.sleeping, []);
  second.resolve();
  await next;
  await iterator.return();
});

Deno.test("Waiting.fill() clears the line before a failure", async () => {
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

Deno.test("Waiting.fill() ends what it pulls from when nobody asks for more", async () => {
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
  for await (const _ of new Waiting(host).fill(outputs())) break;
  assert.ok(ended);
});

Deno.test("Waiting.aside() leaves the screen to a question, and goes on after it", async () => {
  const host = memoryHost();
  const waiting = new Waiting(host);
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  async function* outputs(): AsyncGenerator<Output, void, undefined> {
    await waiting.aside(async () => {
      asked.resolve();
      await host.write({ to: "stderr", text: "Really? " });
      await answer.promise;
    });
    await host.sleeps(PATIENCE);
    host.wake(PATIENCE);
    await host.sleeps(TICK);
    yield { to: "stdout", text: "a" };
  }
  const writing = (async () => {
    for await (const output of waiting.fill(outputs())) {
      await host.write(output);
    }
  })();
  await asked.promise;
  assert.deepEqual(host.sleeping, []);
  answer.resolve();
  await writing;
  assert.equal(screenOf(host), `Really? ${shown(0)}${ERASE}a`);
});
