import assert from "node:assert/strict";
import { sessionExport } from "../../src/commands/session_export.ts";
import { hashAccounts } from "../../src/commands/session_json.ts";
import { formatLocalTime } from "../../src/http/backoff.ts";
import type { Item } from "../../src/message.ts";
import { hideLastTurn, insertSummary } from "../../src/store/history.ts";
import {
  daysAgo,
  idOf,
  type SessionPlace,
  sessionPlace,
} from "../support/session_place.ts";
import {
  answer,
  storeConversation,
  storeTurn,
  user,
} from "../support/store.ts";

const AT = daysAgo(2);
const WHEN = formatLocalTime(AT);
const ACCOUNT = "11111111-2222-3333-4444-555555555555";
const ORIGIN = { provider: "openai-codex", account: ACCOUNT };
const PICTURE = {
  type: "image",
  mediaType: "image/png",
  base64: btoa("picture"),
} as const;

async function fill({ database }: SessionPlace): Promise<void> {
  const said: Item = {
    type: "user",
    parts: [{ type: "text", text: "why is\nit slow?" }, PICTURE],
  };
  await storeConversation(database, {
    id: idOf(1),
    folder: "/pro`ject",
    createdAt: AT,
    updatedAt: AT,
    instructions: "Be terse.\nBe kind.",
    turns: [{
      at: AT,
      items: [
        said,
        {
          type: "reasoning",
          text: "It may be\nthe linker.",
          raw: { encrypted_content: "opaque" },
          origin: ORIGIN,
        },
        {
          type: "call",
          id: "c",
          name: "read_file",
          arguments: '{"path":"a"}',
          raw: undefined,
          origin: ORIGIN,
        },
        {
          type: "result",
          id: "c",
          output: "```\ncode\n```\n",
          images: [PICTURE],
          error: true,
        },
        answer("The **linker**.\n"),
      ],
    }],
  });
  await storeTurn(database, idOf(1), { items: [user("oops")], at: AT });
  insertSummary(database, idOf(1), { lastTurn: 1, text: "short", at: AT });
  hideLastTurn(database, idOf(1));
}

Deno.test("sessionExport() writes Markdown with all that was said and done, and nothing that was taken back", async () => {
  await using place = await sessionPlace();
  await fill(place);
  assert.equal(await sessionExport(place.context({}, [idOf(1)])), 0);
  assert.equal(
    place.host.stdout(),
    `# why is it slow?

- Conversation: \`${idOf(1)}\`
- Folder: \`\`/pro\`ject\`\`
- Model: \`gpt-5\` (openai-codex)
- Begun: ${WHEN}
- Last used: ${WHEN}

Instructions:

> Be terse.
> Be kind.

*Turns that were taken back are left out: 1.*

## You, ${WHEN}

why is
it slow?

![Picture 1][picture-1]

## gpt-5

> It may be
> the linker.

Called \`read_file\`:

\`\`\`json
{"path":"a"}
\`\`\`

\`read_file\` failed:

\`\`\`\`
\`\`\`
code
\`\`\`
\`\`\`\`

![Picture 1][picture-1]

The **linker**.

## Summary, sent from here on for the turn above

short

[picture-1]: data:image/png;base64,${PICTURE.base64}
`,
  );
});

Deno.test("sessionExport() --format json has all of it, and no account's id", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await sessionExport(place.context({ format: "json" }, [idOf(1)]));
  const text = place.host.stdout();
  assert.ok(!text.includes(ACCOUNT));
  const account = (await hashAccounts([ACCOUNT])).get(ACCOUNT);
  const image = Object.keys(JSON.parse(text).images)[0];
  const made = { account, raw: { encrypted_content: "opaque" } };
  assert.deepEqual(JSON.parse(text), {
    format: "meka-conversation",
    version: 1,
    id: idOf(1),
    name: null,
    folder: "/pro`ject",
    provider: "openai-codex",
    model: "gpt-5",
    instructions: "Be terse.\nBe kind.",
    parent: null,
    created_at: AT / 1000,
    updated_at: (AT + 1) / 1000,
    turns: [{
      provider: "openai-codex",
      model: "gpt-5",
      status: "completed",
      hidden: false,
      started_at: AT / 1000,
      ended_at: (AT + 1) / 1000,
      usage: null,
      context_tokens: null,
      items: [
        {
          type: "user",
          parts: [
            { type: "text", text: "why is\nit slow?" },
            { type: "image", sha256: image },
          ],
        },
        { type: "reasoning", text: "It may be\nthe linker.", ...made },
        {
          type: "call",
          id: "c",
          name: "read_file",
          arguments: '{"path":"a"}',
          account,
        },
        {
          type: "result",
          id: "c",
          output: "```\ncode\n```\n",
          error: true,
          images: [{ type: "image", sha256: image }],
        },
        { type: "answer", text: "The **linker**.\n" },
      ],
    }, {
      provider: "openai-codex",
      model: "gpt-5",
      status: "completed",
      hidden: true,
      started_at: AT / 1000,
      ended_at: (AT + 1) / 1000,
      usage: null,
      context_tokens: null,
      items: [{ type: "user", parts: [{ type: "text", text: "oops" }] }],
    }],
    summaries: [{
      turns: 1,
      text: "short",
      hidden: false,
      created_at: AT / 1000,
    }],
    images: {
      [image ?? ""]: { media_type: "image/png", base64: PICTURE.base64 },
    },
  });
});

for (const format of ["markdown", "json"]) {
  Deno.test(`sessionExport() --format ${format} lets nothing drive the screen, but keeps all of it in a pipe`, async () => {
    const hostile = "\x1b]0;evil\x07\u202eabc\x9b";
    for (const terminal of [true, false]) {
      await using place = await sessionPlace({ terminal });
      await storeConversation(place.database, {
        id: idOf(1),
        turns: [{ items: [user(hostile), answer(hostile)] }],
      });
      await sessionExport(place.context({ format }, [idOf(1)]));
      const text = place.host.stdout();
      const clean = /^(?:[^\p{Cc}\u202e]|\n)*$/u.test(text);
      assert.equal(clean, terminal);
    }
  });
}

Deno.test("sessionExport() -o writes a file, and nothing on stdout", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await sessionExport(place.context({ output: "a.md" }, [idOf(1)]));
  assert.equal(place.host.stdout(), "");
  assert.match(place.host.files.get("a.md") ?? "", /^# why is it slow\?\n/);
});

Deno.test("sessionExport() -o - is stdout", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await sessionExport(place.context({ output: "-" }, [idOf(1)]));
  assert.match(place.host.stdout(), /^# why is it slow\?\n/);
});

Deno.test("sessionExport() puts a file in the place of another one only with --force", async () => {
  await using place = await sessionPlace({ files: { "a.md": "mine" } });
  await fill(place);
  await assert.rejects(
    sessionExport(place.context({ output: "a.md" }, [idOf(1)])),
    {
      kind: "usage",
      message: 'The file "a.md" is there already',
      hint: "Pass `--force` to put the export in its place",
    },
  );
  assert.equal(place.host.files.get("a.md"), "mine");
  await sessionExport(place.context({ output: "a.md", force: "" }, [idOf(1)]));
  assert.match(place.host.files.get("a.md") ?? "", /^# why/);
});

Deno.test("sessionExport() says why a file cannot be written", async () => {
  await using place = await sessionPlace();
  await fill(place);
  place.host.replaceFile = () => Promise.reject(new Error("the disk is full"));
  await assert.rejects(
    sessionExport(place.context({ output: "a.md" }, [idOf(1)])),
    { kind: "internal", message: 'Cannot write "a.md": the disk is full' },
  );
});

// the options, the message
const WRONG = [
  [{ format: "html" }, '`--format` cannot be "html"; allowed: markdown, json'],
  [{ format: "" }, '`--format` cannot be ""; allowed: markdown, json'],
  [{ output: "" }, "`--output` names no file"],
] as const;

for (const [options, message] of WRONG) {
  Deno.test(`sessionExport() refuses ${JSON.stringify(options)}`, async () => {
    await using place = await sessionPlace();
    await assert.rejects(sessionExport(place.context(options, [idOf(1)])), {
      kind: "usage",
      message,
    });
  });
}
