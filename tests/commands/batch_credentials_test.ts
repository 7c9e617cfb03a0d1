import assert from "node:assert/strict";
import { sharedCredentials } from "../../src/commands/batch_credentials.ts";
import { MekaError } from "../../src/errors.ts";
import type {
  CredentialAnswer,
  CredentialSource,
} from "../../src/stream_turn.ts";
import { KEY, SIGN_IN } from "../support/turn.ts";

const { signal } = new AbortController();

function answerOf(accessToken: string): CredentialAnswer {
  return { credential: { ...SIGN_IN, accessToken }, warnings: [] };
}

interface Place {
  /** Tokens that were asked for, and why. */
  readonly asked: string[];
  readonly hidden: string[];
  readonly source: CredentialSource;
  elapsed: number;
  answer: () => Promise<CredentialAnswer>;
}

function makePlace(): Place {
  const place: Place = {
    asked: [],
    hidden: [],
    elapsed: 0,
    answer: () => Promise.resolve(answerOf(`token ${place.asked.length}`)),
    source: sharedCredentials({
      current: (given) => {
        assert.equal(given, signal);
        place.asked.push("current");
        return place.answer();
      },
      afterUnauthorized: () => {
        place.asked.push("afterUnauthorized");
        return Promise.resolve(undefined);
      },
    }, {
      host: { elapsed: () => place.elapsed },
      signal,
      hide: (secret) => place.hidden.push(secret),
    }),
  };
  return place;
}

const own = new AbortController().signal;

Deno.test("sharedCredentials() asks once for all turns of a moment, and names the secret for each", async () => {
  const there = makePlace();
  const answers = await Promise.all([
    there.source.current(own),
    there.source.current(own),
  ]);
  there.elapsed = 9_999;
  answers.push(await there.source.current(own));
  assert.deepEqual(answers, Array(3).fill(answerOf("token 1")));
  assert.deepEqual(there.hidden, Array(3).fill("token 1"));
  there.elapsed = 10_000;
  assert.deepEqual(await there.source.current(own), answerOf("token 2"));
});

Deno.test("sharedCredentials() asks anew after a failure", async () => {
  const there = makePlace();
  there.answer = () => Promise.reject(new MekaError("auth", "No"));
  await assert.rejects(there.source.current(own), { kind: "auth" });
  there.answer = () => Promise.resolve({ credential: KEY, warnings: [] });
  const { credential } = await there.source.current(own);
  assert.equal(credential, KEY);
  assert.deepEqual(there.hidden, ["sk-secret-key"]);
});

Deno.test("sharedCredentials() asks anew after a 401", async () => {
  const there = makePlace();
  await there.source.current(own);
  assert.equal(
    await there.source.afterUnauthorized(SIGN_IN, own),
    undefined,
  );
  await there.source.current(own);
  assert.deepEqual(there.asked, ["current", "afterUnauthorized", "current"]);
});
