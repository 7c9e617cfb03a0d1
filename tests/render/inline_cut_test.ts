import assert from "node:assert/strict";
import fc from "fast-check";
import { inlineCut } from "../../src/render/inline_cut.ts";

/** All pieces of a text, in brackets. */
function pieces(text: string): string {
  let shown = "";
  for (let at = 0; at < text.length;) {
    const cut = /\s/.test(text.charAt(at))
      ? 0
      : inlineCut(text.slice(at), { whole: true });
    const end = at + (cut || 1);
    shown += cut ? `‹${text.slice(at, end)}›` : text.slice(at, end);
    at = end;
  }
  return shown;
}

const TEXTS: readonly [string, string][] = [
  ["one two", "‹one› ‹two›"],
  ["a **b c** d", "‹a› ‹**b c**› ‹d›"],
  ["a **b *c d* e** f", "‹a› ‹**b *c d* e**› ‹f›"],
  ["***a b* c** d", "‹***a b* c**› ‹d›"],
  ["2 * 3 * 4", "‹2› ‹*› ‹3› ‹*› ‹4›"],
  ["snake_case __init__ x", "‹snake_case› ‹__init__› ‹x›"],
  ["_a b_ c", "‹_a b_› ‹c›"],
  ["~~a b~~ ~5 c ~~~d e", "‹~~a b~~› ‹~5› ‹c› ‹~~~d› ‹e›"],
  ["`a b` `` c ` d`` e` f", "‹`a b`› ‹`` c ` d``› ‹e`› ‹f›"],
  ["*a `b* c` d* e", "‹*a `b* c` d*› ‹e›"],
  ["[a b](u v) c", "‹[a b](u› ‹v)› ‹c›"],
  ['[a b](u "v w") c', '‹[a b](u "v w")› ‹c›'],
  ["[a b](u(1)) c", "‹[a b](u(1))› ‹c›"],
  ["![a b](u) c", "‹![a b](u)› ‹c›"],
  ["[1] [x] c", "‹[1]› ‹[x]› ‹c›"],
  ["[a *b](u) c* d", "‹[a *b](u)› ‹c*› ‹d›"],
  [
    "<b c> <a href='x y'>d</a> a < b",
    "‹<b c>› ‹<a href='x y'>d</a>› ‹a› ‹<› ‹b›",
  ],
  ["https://x.y/_z/ _a b_ c", "‹https://x.y/_z/› ‹_a b_› ‹c›"],
  ["**https://x.y** c", "‹**https://x.y**› ‹c›"],
  ["\\*a b\\* c", "‹\\*a› ‹b\\*› ‹c›"],
  ["$a * b$ c", "‹$a * b$› ‹c›"],
  ["\\(a *b\\) c*", "‹\\(a *b\\)› ‹c*›"],
  ["costs $5 and $10", "‹costs› ‹$5› ‹and› ‹$10›"],
  ["你好**世界**。然后`x y`好", "‹你›‹好›‹**世界**。›‹然›‹后›‹`x y`›‹好›"],
  ["**注意：**请", "‹**注意：**›‹请›"],
  ["**open a b", "‹**open a b›"],
];

for (const [text, expected] of TEXTS) {
  Deno.test(`inlineCut() cuts ${text}`, () => {
    assert.equal(pieces(text), expected);
  });
}

const MARKS = [
  "a",
  "b c",
  " ",
  "\n",
  "*",
  "**",
  "_",
  "~~",
  "`",
  "[",
  "]",
  "(",
  ")",
  "](u)",
  "$",
  "\\",
  "<b",
  ">",
  "世",
  "。",
  "http://",
  "é",
  "😀",
] as const;

Deno.test("inlineCut() never changes its mind when more text comes", () => {
  const text = fc.array(fc.constantFrom(...MARKS)).map((marks) =>
    marks.join("").trimStart()
  );
  fc.assert(
    fc.property(text, fc.nat(), (whole, part) => {
      const cut = inlineCut(whole.slice(0, part % (whole.length + 1)), {
        whole: false,
      });
      if (cut > 0) assert.equal(inlineCut(whole, { whole: true }), cut);
    }),
  );
});

const ENDLESS = [
  "*a ",
  "_a ",
  "`a ",
  "[a ",
  "<a ",
  "[a](b ",
  "\\(a ",
  "a*",
  "a",
  "世*",
];

for (const text of ENDLESS) {
  Deno.test(`inlineCut() does not wait for the end of ${text}`, () => {
    const cut = inlineCut(text.repeat(2000), { whole: false });
    assert.ok(cut > 0 && cut <= 1000, `${cut}`);
  });
}
