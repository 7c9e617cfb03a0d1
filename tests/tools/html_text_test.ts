import assert from "node:assert/strict";
import { htmlToText } from "../../src/tools/html_text.ts";

const BASE = new URL("https://example.com/a/b");

// the HTML, the text
const PAGES = [
  ["", ""],
  ["plain", "plain"],
  ["<p>a</p><p>b</p>", "a\n\nb"],
  ["<p>a<p>b", "a\n\nb"],
  ["<div>a</div><div>b</div>", "a\nb"],
  ["<div><div>a</div></div>\n\n<div>b</div>", "a\nb"],
  ["a<br>b", "a\nb"],
  ["a\n   b\t c", "a b c"],
  ["<b>a</b><i>b</i>", "ab"],
  ["<b>a</b> <i>b</i>", "a b"],
  ["<b>a </b><i> b</i>", "a b"],
  ["<b> a</b>", "a"],
  ["a &amp; b &lt;c&gt; &eacute; &#x1F642; &nbsp;d", "a & b <c> é 🙂 d"],
  ["<h1>One</h1><h3>Three</h3><p>a", "# One\n\n### Three\n\na"],
  ["<ul><li>a<li>b</ul>c", "- a\n- b\n\nc"],
  ["<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"],
  ["<ul><li>a<ol><li>b</ol><li>c</ul>", "- a\n  1. b\n- c"],
  ["<li>a", "- a"],
  ["<a href='c'>d</a>", "[d](https://example.com/a/c)"],
  [
    "x <a href='//other.example/'>d e</a>, f",
    "x [d e](https://other.example/), f",
  ],
  ["<a href='#part'>d</a>", "d"],
  ["<a href='javascript:alert(1)'>d</a>", "d"],
  ["<a href='mailto:a@b'>d</a>", "d"],
  ["<a>d</a>", "d"],
  ["a<a href='/'><img></a>b", "ab"],
  ["<a href='/'><img alt='logo'></a>", "[[image: logo]](https://example.com/)"],
  ["<pre>  a\n\n    b\n</pre>c", "```\n  a\n\n    b\n\n```\n\nc"],
  ["<table><tr><th>a<th>b<tr><td>c<td>d</table>", "a | b\nc | d"],
  ["a<hr>b", "a\n\n---\n\nb"],
  ["a<script>b</script><style>c</style><noscript>d</noscript>e", "ae"],
  ["a<svg><text>b</text></svg>c", "ac"],
  ["a<!-- b -->c", "ac"],
  ["<title>t</title><body>a", "t\n\na"],
  ["a</p></div></script>b", "a\n\nb"],
  ["<p>a <b>b", "a b"],
  ["a < b", "a < b"],
  ["a</svg>b", "ab"],
  ["a<svg/>b", "ab"],
  ["a<svg><svg></svg>b</svg>c", "ac"],
  ["a<br/>b", "a\nb"],
  ["<A HREF='c'>d</A>", "[d](https://example.com/a/c)"],
  ["<a href='/?a=1&amp;b=2'>d</a>", "[d](https://example.com/?a=1&b=2)"],
  [
    "<a href='/x'>a<a href='/y'>b",
    "[a](https://example.com/x)[b](https://example.com/y)",
  ],
] as const;

for (const [html, text] of PAGES) {
  Deno.test(`htmlToText() reads ${JSON.stringify(html)}`, async () => {
    assert.equal(await htmlToText(html, BASE), text);
  });
}

// Each is too much for what goes down into a page tag by tag, or looks back over it.
const MASSES = [
  "<div>",
  "<ul><li>",
  "<a href=x>",
  "</p>",
  "<",
  "&",
  "<b",
  "<!--",
  "<svg>",
  "<pre> ",
  "\t",
];

for (const piece of MASSES) {
  Deno.test(`htmlToText() is not kept busy by many "${piece}"`, async () => {
    const text = await htmlToText(`${piece.repeat(100_000)}x`, BASE);
    assert.ok(text.length < 5_000_000);
  });
}
