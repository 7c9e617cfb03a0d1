import assert from "node:assert/strict";
import { sessionShow } from "../../src/commands/session_show.ts";
import { formatLocalTime } from "../../src/http/backoff.ts";
import type { Item } from "../../src/message.ts";
import { hideLastTurn, insertSummary } from "../../src/store/history.ts";
import { insertItem } from "../../src/store/items.ts";
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
const MADE = { raw: undefined, origin: undefined };

const CALL: Item & { readonly type: "call" } = {
  type: "call",
  id: "c",
  name: "read_file",
  arguments: '{"path":"a"}',
  ...MADE,
};
const RESULT: Item & { readonly type: "result" } = {
  type: "result",
  id: "c",
  output: "first line\nsecond\nthird\n",
  images: [{ type: "image", mediaType: "image/png", base64: btoa("x") }],
  error: false,
};

async function fill({ database }: SessionPlace): Promise<readonly number[]> {
  return await storeConversation(database, {
    id: idOf(1),
    name: "slow build",
    folder: "/home/me/src",
    parent: idOf(9),
    instructions: "Be\nterse.",
    createdAt: AT,
    updatedAt: AT,
    turns: [{
      at: AT,
      items: [
        user("why is it slow?\n\n"),
        { type: "reasoning", text: "It may be\nthe linker.", ...MADE },
        CALL,
        RESULT,
        { type: "other", raw: { type: "web_search_call" }, origin: undefined },
        answer("The **linker**.\n"),
      ],
    }],
  });
}

Deno.test("sessionShow() tells who said what, and in a line each what tools were given and brought", async () => {
  await using place = await sessionPlace({ env: { HOME: "/home/me" } });
  await fill(place);
  for (const word of [idOf(1), "019aa", "slow build"]) {
    place.host.written.length = 0;
    assert.equal(await sessionShow(place.context({}, [word])), 0);
    assert.equal(
      place.host.stdout(),
      `Conversation  ${idOf(1)}
Name          slow build
Folder        ~/src
Model         gpt-5 (openai-codex)
Begun         ${WHEN}
Last used     ${WHEN}
Forked from   ${idOf(9)}
Instructions  Be terse.

--- You, ${WHEN}
why is it slow?

--- gpt-5
tool: read_file {"path":"a"}
tool: read_file brought: first line (and 2 more lines)
[a picture, image/png]
[web_search_call]

The **linker**.
`,
    );
    assert.equal(place.host.stderr(), "");
  }
});

Deno.test("sessionShow() --reasoning shows what the model thought, too", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await sessionShow(place.context({ reasoning: "" }, [idOf(1)]));
  assert.match(
    place.host.stdout(),
    /\n--- gpt-5\n> It may be\n> the linker\.\ntool: read_file/,
  );
});

// how a turn ended, what of it there is, what is said of that
const ENDS = [
  ["incomplete", "half an", "half an\n\n[the answer is incomplete]\n"],
  ["open", "half an", "half an\n\n[the answer did not come to its end]\n"],
  ["open", "", "hi\n\n[the turn did not come to its end]\n"],
  ["failed", "", "hi\n\n[the turn failed]\n"],
] as const;

for (const [status, piece, end] of ENDS) {
  Deno.test(`sessionShow() marks a turn that is ${status} ${piece === "" ? "without" : "with part of"} an answer`, async () => {
    await using place = await sessionPlace();
    const { database } = place;
    const [turn = 0] = await storeConversation(database, {
      id: idOf(1),
      turns: [{ items: [user("hi")] }],
    });
    if (piece !== "") {
      insertItem(database, turn, answer("half "), { partial: true });
      insertItem(database, turn, answer("an"), { partial: true });
    }
    database.prepare("UPDATE turns SET status = ?").run(status);
    await sessionShow(place.context({}, [idOf(1)]));
    assert.ok(place.host.stdout().endsWith(end), place.host.stdout());
  });
}

Deno.test("sessionShow() leaves out what was taken back and says so; --hidden shows it, marked", async () => {
  await using place = await sessionPlace();
  const { database } = place;
  const [first = 0] = await storeConversation(database, {
    id: idOf(1),
    turns: [{ items: [user("one"), answer("1")], at: AT }],
  });
  const second = await storeTurn(database, idOf(1), {
    items: [user("two"), answer("2")],
    at: AT,
  });
  insertSummary(database, idOf(1), { lastTurn: first, text: "kept", at: AT });
  insertSummary(database, idOf(1), { lastTurn: second, text: "gone", at: AT });
  hideLastTurn(database, idOf(1));
  await sessionShow(place.context({}, [idOf(1)]));
  assert.match(
    place.host.stdout(),
    /\n--- gpt-5\n1\n\n--- Summary, sent from here on for the turn above\nkept\n$/,
  );
  assert.equal(
    place.host.stderr(),
    "note: 1 turn was taken back; `--hidden` shows that, too\n",
  );
  place.host.written.length = 0;
  await sessionShow(place.context({ hidden: "" }, [idOf(1)]));
  assert.ok(
    place.host.stdout().endsWith(
      `kept\n\n--- You, ${WHEN}, taken back\ntwo\n\n--- gpt-5, taken back\n2\n\n` +
        "--- Summary, sent from here on for the 2 turns above, taken back\ngone\n",
    ),
    place.host.stdout(),
  );
  assert.equal(place.host.stderr(), "");
});

const HOSTILE = "\x1b]0;evil\x07\x1b[2J\u202eabc\r";

async function fillHostile({ database }: SessionPlace): Promise<void> {
  await storeConversation(database, {
    id: idOf(1),
    folder: HOSTILE,
    instructions: HOSTILE,
    turns: [{
      items: [
        user(HOSTILE),
        { ...CALL, name: HOSTILE, arguments: HOSTILE },
        { ...RESULT, output: HOSTILE },
        { type: "other", raw: { type: HOSTILE }, origin: undefined },
        answer(HOSTILE),
      ],
    }],
  });
}

for (const json of [false, true]) {
  Deno.test(`sessionShow()${json ? " --json" : ""} lets nothing that was said drive the screen`, async () => {
    await using place = await sessionPlace({
      terminal: true,
      env: { NO_COLOR: "1" },
    });
    await fillHostile(place);
    await sessionShow(place.context(json ? { json: "" } : {}, [idOf(1)]));
    assert.match(place.host.stdout(), /^(?:[^\p{Cc}\u202e]|\n)*$/u);
  });
}

Deno.test("sessionShow() hands on what was said as it is into a pipe, but on one line where it is cut", async () => {
  await using place = await sessionPlace();
  await fillHostile(place);
  await sessionShow(place.context({}, [idOf(1)]));
  const text = place.host.stdout();
  assert.ok(text.includes(`\n${HOSTILE.trimEnd()}\n`));
  assert.ok(text.includes("tool: ]0;evil[2Jabc ]0;evil[2Jabc\n"));
});

Deno.test("sessionShow() colors what it says itself, on a terminal that shows colors", async () => {
  await using place = await sessionPlace({ terminal: true });
  await fill(place);
  await sessionShow(place.context({}, [idOf(1)]));
  const text = place.host.stdout();
  assert.ok(text.includes(`\x1b[1m--- You, ${WHEN}\x1b[0m\nwhy is it slow?\n`));
  assert.ok(text.includes("\x1b[2m[web_search_call]\x1b[0m\n"));
});

Deno.test("sessionShow() --json is what an export is", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await sessionShow(place.context({ json: "" }, [idOf(1)]));
  const exported = JSON.parse(place.host.stdout());
  assert.equal(exported.format, "meka-conversation");
  assert.equal(Object.keys(exported.images).length, 1);
});

// the words, the kind of message
const WRONG = [
  [[], /^Which conversation\? Its id or name is missing$/],
  [["none"], /^There is no conversation "none"$/],
  [[""], /^There is no conversation ""$/],
  [["%"], /^There is no conversation "%"$/],
  [
    ["019aa"],
    /^The id "019aa" is that of several conversations: 019aa\S+1, 019aa\S+2 \("two"\)$/,
  ],
] as const;

for (const [words, message] of WRONG) {
  Deno.test(`sessionShow() refuses ${JSON.stringify(words)}`, async () => {
    await using place = await sessionPlace();
    await storeConversation(place.database, { id: idOf(1), turns: [] });
    await storeConversation(place.database, {
      id: idOf(2),
      name: "two",
      turns: [],
    });
    await assert.rejects(sessionShow(place.context({}, words)), {
      kind: "usage",
      message,
    });
  });
}

Deno.test("sessionShow() reads a store that cannot be written", async () => {
  await using place = await sessionPlace();
  await fill(place);
  place.host.createPrivateFile = () => Promise.reject(new Error("EROFS"));
  await sessionShow(place.context({}, [idOf(1)]));
  assert.match(place.host.stdout(), /The \*\*linker\*\*/);
});
