import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { delay } from "../support/delay.ts";
import {
  type Home,
  type Meka,
  runMeka,
  signedInHome,
  startMeka,
} from "../support/meka.ts";
import {
  storedConversations,
  type StoredTurn,
  textsOf,
} from "../support/stored.ts";

// `kill -9` in the middle of turns: how often, `$MEKA_KILLS` says. The usual ones strike when something has happened; those
// beyond strike by time as well, which finds the moments that nothing tells of.

const USUAL = 15;
const KILLS = Number(Deno.env.get("MEKA_KILLS") ?? USUAL);
/** How long a turn takes here, about, in milliseconds. */
const TURN_MS = 250;

/** A moment of a turn. */
interface Moment {
  readonly what: string;
  readonly reached: (meka: Meka, standin: Standin) => Promise<unknown>;
}

const shows = (text: string): Moment["reached"] => (meka) =>
  meka.stdout.until(text);

const MOMENTS: readonly Moment[] = [
  {
    what: "once the request is there",
    reached: (meka, standin) =>
      Promise.race([standin.until((all) => all.length > 0), meka.ended]),
  },
  { what: "with the first event", reached: shows('"type":"start"') },
  { what: "with the first text", reached: shows('"type":"text"') },
  { what: "in mid-answer", reached: shows("answer") },
  { what: "near the end of the answer", reached: shows("stand") },
  { what: "with the usage", reached: shows('"type":"usage"') },
  { what: "with the last line", reached: shows('"type":"done"') },
];

function moments(count: number): Moment[] {
  const random = generator(20_261_122);
  return Array.from({ length: count }, (_, n) => {
    const moment = MOMENTS[n % MOMENTS.length];
    assert.ok(moment);
    if (n < USUAL) return moment;
    const { what, reached } = moment;
    const ms = random() * (n % 2 === 0 ? TURN_MS : 8);
    return {
      what: `${n % 2 === 0 ? "" : `${what}, and `}after ${ms.toFixed(1)} ms`,
      reached: async (meka, standin) => {
        if (n % 2 === 1) await reached(meka, standin);
        await delay(ms);
      },
    };
  });
}

Deno.test(`a turn that is killed leaves a whole store, ${KILLS} times`, async (t) => {
  const all = moments(KILLS);
  for (let at = 0; at < all.length; at += USUAL) {
    await using standin = await startStandin();
    // A killed run keeps none of those that it was given.
    standin.expectCookies(false);
    await using home = await signedInHome(standin);
    for (const [n, { what, reached }] of all.slice(at, at + USUAL).entries()) {
      const prompt = `round ${at + n} [[slow:10]]`;
      await t.step(
        `${at + n}: ${what}`,
        () => killAt(reached, { standin, home, prompt }),
      );
    }
  }
});

interface Round {
  readonly standin: Standin;
  readonly home: Home;
  readonly prompt: string;
}

async function killAt(
  reached: Moment["reached"],
  { standin, home, prompt }: Round,
): Promise<void> {
  standin.reset();
  const before = turnsOf(home).length;
  const shown = await killed(reached, { standin, home, prompt });
  const asked = standin.requests.some(({ body }) => body.includes(prompt));

  const [turn, ...more] = turnsOf(home).slice(before);
  assert.deepEqual(more, []);
  const [said, answer = ""] = textsOf(turn ?? { items: [] });
  if (turn !== undefined) assert.equal(said, prompt);
  if (asked) assert.ok(turn, "the message is lost, though its request left");
  const text = textIn(shown);
  if (shown.includes('"type":"done"')) {
    assert.deepEqual([turn?.status, turn?.partial], ["completed", false]);
    assert.equal(answer, text);
  } else {
    // The last piece may not have been shown yet, or not be stored yet.
    const [shorter, longer] = answer.length < text.length
      ? [answer, text]
      : [text, answer];
    assert.ok(longer.startsWith(shorter));
  }

  const next = await runMeka({
    standin,
    home,
    before: `cd '${home.folder}'`,
    args: ["-c", "and now [[scenario:recall]]"],
  });
  assert.equal(next.code, 0, next.stderr);
  assert.doesNotMatch(next.stderr, /warning/);
  assert.equal(next.stdout.includes(prompt), turn !== undefined);
  assert.deepEqual(standin.violations, []);
}

/** Kills a run at that moment, and gives all that it has written. */
async function killed(
  reached: Moment["reached"],
  { standin, home, prompt }: Round,
): Promise<string> {
  await using meka = startMeka({
    standin,
    home,
    before: `cd '${home.folder}'`,
    args: ["--json", "-c", prompt],
  });
  await reached(meka, standin);
  try {
    meka.kill("SIGKILL");
  } catch {
    // It was faster.
  }
  const rest = new TextDecoder().decode(await meka.stdout.rest());
  await meka.ended;
  return meka.stdout.text + rest;
}

function turnsOf(home: Home): readonly StoredTurn[] {
  const [stored, ...more] = storedConversations(home);
  assert.deepEqual(more, []);
  return stored?.turns ?? [];
}

/** The text of all whole lines. */
function textIn(lines: string): string {
  return lines.split("\n").slice(0, -1).map((line) => JSON.parse(line))
    .filter(({ type }) => type === "text").map(({ delta }) => delta).join("");
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
