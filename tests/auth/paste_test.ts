import assert from "node:assert/strict";
import { readPaste } from "../../src/auth/paste.ts";

const STATE = "S".repeat(43);
const EXPECTED = { state: STATE, issuer: new URL("https://auth.example.com") };
const CALLBACK = "http://localhost:1455/auth/callback";
const CODE = "ac_SECRET.code-1";

/** What is pasted, and the code that is found in it. */
const CODES: readonly (readonly [string, string])[] = [
  ["the address", `${CALLBACK}?code=${CODE}&scope=a+b&state=${STATE}`],
  ["an address of another port", `http://x:1/?state=${STATE}&code=${CODE}`],
  [
    "an address without a scheme",
    `localhost:1455/auth/callback?code=${CODE}&state=${STATE}`,
  ],
  ["an address with a fragment", `${CALLBACK}?code=${CODE}&state=${STATE}#x`],
  ["an address in quotes", `  "${CALLBACK}?code=${CODE}&state=${STATE}" `],
  ["the query alone", `code=${CODE}&state=${STATE}`],
  ["the code", CODE],
  ["the code between spaces", `\t${CODE} `],
  ["the code and the state", `${CODE}#${STATE}`],
];

for (const [name, text] of CODES) {
  Deno.test(`readPaste() finds the code in ${name}`, () => {
    const reading = readPaste(text, EXPECTED);
    assert.ok(reading.type === "code");
    assert.equal(reading.code.get("code"), CODE);
  });
}

const OTHERS: readonly (readonly [string, string, string])[] = [
  ["nothing", "", "unclear"],
  ["a word", "yes", "unclear"],
  ["a sentence", "I have agreed to it", "unclear"],
  ["the sign-in page", `https://x/oauth/authorize?state=${STATE}`, "unclear"],
  ["an address without a query", `${CALLBACK}`, "unclear"],
  ["two fragments", `${CODE}#${STATE}#x`, "unclear"],
  ["a wrong state", `${CALLBACK}?code=${CODE}&state=${STATE}x`, "foreign"],
  ["no state", `${CALLBACK}?code=${CODE}`, "foreign"],
  ["an empty state", `${CODE}#`, "foreign"],
  ["two states", `code=${CODE}&state=${STATE}&state=${STATE}`, "foreign"],
  ["a code with a wrong state", `${CODE}#${STATE.toLowerCase()}`, "foreign"],
  ["a foreign denial", `${CALLBACK}?error=access_denied&state=x`, "foreign"],
  ["a denial", `${CALLBACK}?error=access_denied&state=${STATE}`, "failed"],
  ["an empty code", `${CALLBACK}?code=&state=${STATE}`, "failed"],
  ["two codes", `code=${CODE}&code=x&state=${STATE}`, "failed"],
];

for (const [name, text, type] of OTHERS) {
  Deno.test(`readPaste() calls ${name} ${type}`, () => {
    const reading = readPaste(text, EXPECTED);
    assert.equal(reading.type, type);
    assert.doesNotMatch(Deno.inspect(reading), /SECRET/);
  });
}
