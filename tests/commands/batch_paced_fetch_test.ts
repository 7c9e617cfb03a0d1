import assert from "node:assert/strict";
import { pacedFetch } from "../../src/commands/batch_paced_fetch.ts";

const SLOWED: readonly (readonly [
  number,
  Readonly<Record<string, string>>,
  readonly (number | undefined)[],
])[] = [
  [200, { "retry-after": "7" }, []],
  [400, {}, []],
  [429, {}, [undefined]],
  [429, { "retry-after": "7" }, [7_000]],
  [500, {}, []],
  [503, { "retry-after": "7" }, [7_000]],
  [529, {}, [undefined]],
];

for (const [status, headers, expected] of SLOWED) {
  Deno.test(`pacedFetch() slows the pace ${expected.length === 0 ? "not at all" : `for ${expected[0]} ms`} at ${status} ${JSON.stringify(headers)}`, async () => {
    const slowed: (number | undefined)[] = [];
    const response = new Response("", { status, headers });
    const fetch = pacedFetch(() => Promise.resolve(response), {
      host: { now: () => 0 },
      pace: { slowed: (ms) => slowed.push(ms) },
    });
    assert.equal(await fetch(new Request("https://example.com")), response);
    assert.deepEqual(slowed, expected);
  });
}
