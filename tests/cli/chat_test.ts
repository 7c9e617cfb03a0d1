import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { type Home, runMeka, signedInHome } from "../support/meka.ts";
import {
  hasTmux,
  openScreen,
  type Screen,
  type ScreenOptions,
} from "../support/screen.ts";

/** The prompt line is empty and waits. */
const READY = /›$/;

/** What makes the service tell all that was said to it. */
const RECALL = "[[scenario:recall]]";

/** What a test of a chat works with. */
interface Place {
  readonly standin: Standin;
  readonly home: Home;
  /** Starts a chat and waits for its prompt line. */
  chat(options?: Partial<ScreenOptions>): Promise<Screen>;
}

/** A test of the real program in a real terminal. */
function chatTest(name: string, fn: (place: Place) => Promise<void>): void {
  const ignore = !hasTmux();
  Deno.test({
    name: ignore ? `${name} (skipped: there is no tmux)` : name,
    ignore,
    fn: async () => {
      await using standin = await startStandin();
      await using home = await signedInHome(standin);
      await fn({
        standin,
        home,
        chat: async (options = {}) => {
          const screen = await openScreen({
            standin,
            home,
            args: [],
            ...options,
          });
          await screen.shows(READY);
          return screen;
        },
      });
      assert.deepEqual(standin.violations, []);
    },
  });
}

/** Types a line and waits until the next one can be typed. */
async function say(screen: Screen, line: string): Promise<string> {
  await screen.type(line);
  await screen.shows(`› ${line}`);
  await screen.press("Enter");
  return await screen.shows(
    new RegExp(`› ${RegExp.escape(line)}\\n[^]*›$`),
  );
}

function rows(home: Home, sql: string): readonly unknown[] {
  using database = new DatabaseSync(home.database);
  return database.prepare(sql).all().map((row) => Object.values(row));
}

chatTest(
  "meka is a chat, whose every command does what it says",
  async ({ home, chat }) => {
    // Wide enough for the path of any folder.
    await using screen = await chat({ rows: 50, columns: 240 });
    assert.match(
      await screen.look(),
      /^meka \S+: gpt-5 \(high\), openai-codex\n/m,
    );
    assert.match(
      await say(screen, "/help"),
      /\n {2}\/model \[NAME\] +who answers/,
    );
    assert.match(await say(screen, "/model"), /\n\* {2}gpt-5 +272k/);
    assert.match(
      await say(screen, "/model gpt-5.5"),
      /\ngpt-5\.5 answers from now/,
    );
    assert.match(
      await say(screen, "/effort low"),
      /\nThe effort is low from now on/,
    );
    assert.match(
      await say(screen, "/permission none"),
      /it has no tools\ngpt-5\.5 ›$/,
    );
    assert.match(
      await say(screen, "/name plan A"),
      /--session "plan A"` takes it up/,
    );
    await say(screen, "one");
    assert.match(
      await say(screen, `${RECALL} two`),
      /\n1\. one\n2\. \[\[scenario:recall\]\] two\n\ngpt-5\.5 ›$/,
    );
    assert.match(
      await say(screen, "/usage"),
      /\nContext +\d+ of 272000 tokens/,
    );
    assert.match(
      await say(screen, "/retry"),
      /› \/retry\n\n1\. one\n2\. \[\[scenario:recall\]\] two\n\n/,
    );
    await say(screen, `/save --all ${home.folder}/all.md`);
    assert.match(
      await Deno.readTextFile(`${home.folder}/all.md`),
      /^# plan A\n[^]*\n## You, .*\n\none\n\n## gpt-5\.5\n/,
    );
    assert.match(await say(screen, "/copy"), /\nCopied with `tmux`\n/);
    assert.equal(
      await screen.copied(),
      "1. one\n2. [[scenario:recall]] two",
    );
    await screen.type("/undo");
    await screen.press("Enter");
    await screen.shows(/› \[\[scenario:recall\]\] two$/);
    await screen.press("C-c");
    await screen.shows(/two\^C\ngpt-5\.5 ›$/);
    assert.match(await say(screen, "/new"), /\nA new conversation; /);
    assert.match(
      await say(screen, `${RECALL} x`),
      /\n1\. \[\[scenario:recall\]\] x\n/,
    );
    await screen.type("/resume");
    await screen.press("Enter");
    await screen.shows("● plan A (1 turn, ");
    await screen.press("Enter");
    assert.match(
      await screen.shows(/Going on with [^]*›$/),
      /Going on with the conversation [^]*"plan A"[^]*› one\n\nHi! You asked: “one”/,
    );
    await screen.type("/quit");
    await screen.press("Enter");
    assert.equal(await screen.end(), 0);
    assert.match(await screen.look(), /`meka -r [0-9a-f-]+` goes on with this/);
    assert.deepEqual(
      rows(home, "SELECT hidden FROM turns ORDER BY id"),
      [[0], [1], [1], [0]],
    );
  },
);

chatTest(
  "meka completes commands and what can follow them",
  async ({ chat }) => {
    await using screen = await chat();
    await screen.type("/us");
    await screen.press("Tab");
    await screen.shows(/› \/usage$/);
    await screen.press("C-u");
    await screen.type("/effort x");
    await screen.press("Tab");
    await screen.shows(/› \/effort xhigh$/);
  },
);

chatTest("meka brings back what was said in another run", async ({ chat }) => {
  {
    await using screen = await chat();
    await say(screen, "the first of them");
    await screen.press("C-d");
    assert.equal(await screen.end(), 0);
  }
  await using screen = await chat({ args: ["--no-save"] });
  await say(screen, "/help");
  await screen.press("Up", "Up");
  await screen.shows(/› the first of them$/);
});

chatTest(
  "meka takes 200 pasted lines for one message",
  async ({ standin, home, chat }) => {
    const lines = Array.from(
      { length: 200 },
      (_, at) => `line ${at + 1}: 世界`,
    );
    const text = lines.join("\n");
    await using screen = await chat();
    await screen.paste(text);
    await screen.shows("line 200: 世界");
    await screen.press("Enter");
    await screen.shows(/loopback interface\. 👋\n\ngpt-5 \(read\) ›$/);
    const [asked, ...more] = standin.asked();
    assert.deepEqual(more, []);
    const content = [{ type: "input_text", text }];
    assert.deepEqual(asked?.input.at(-1)?.content, content);
    assert.deepEqual(
      rows(home, "SELECT text FROM items WHERE type = 'user'"),
      [[text]],
    );
  },
);

chatTest(
  "Ctrl-C stops an answer alone, and the conversation goes on",
  async ({ home, chat }) => {
    await using screen = await chat();
    await screen.type("[[scenario:endless]] one");
    await screen.press("Enter");
    await screen.shows("line 5 of an answer");
    await screen.press("C-c");
    const stopped = await screen.shows(/\nnote: Stopped\nnote: [^]*›$/);
    assert.doesNotMatch(stopped, /\^C/);
    assert.deepEqual(rows(home, "SELECT status FROM turns"), [["incomplete"]]);
    const told = await say(screen, "[[scenario:history]] two");
    assert.match(told, /\n\d+ assistant line 1 of an answer/);
    await screen.press("C-d");
    assert.equal(await screen.end(), 0);
  },
);

chatTest(
  "Ctrl-C at the prompt line drops it, then says how to leave, then leaves",
  async ({ chat }) => {
    await using screen = await chat();
    await screen.type("half a li");
    await screen.press("C-c");
    await screen.shows(/half a li\^C\ngpt-5 \(read\) ›$/);
    await screen.press("C-c");
    await screen.shows(/\nCtrl-C again ends the chat, [^]*›$/);
    await screen.press("C-c");
    assert.equal(await screen.end(), 130);
  },
);

chatTest(
  "what is typed while an answer comes is the next line",
  async ({ chat }) => {
    await using screen = await chat();
    await screen.type("[[scenario:typing]] one");
    await screen.press("Enter");
    await screen.shows("You asked");
    await screen.type(`${RECALL} two`);
    await screen.press("Enter");
    const both = await screen.shows(
      /\n2\. \[\[scenario:recall\]\] two\n\n.*›$/,
    );
    assert.match(
      both,
      /\nYou asked: “\S+ one”\. This is how it looks when the words arrive\none by one\.\n\n/,
    );
  },
);

chatTest(
  "what is typed ahead is no answer to the question of a tool",
  async ({ chat }) => {
    await using screen = await chat({ args: ["--permission", "ask"] });
    await screen.type(
      '[[slow:700]][[call:run_command {"command":["echo","hi"]}]]',
    );
    await screen.press("Enter");
    await screen.shows(/… \d s/);
    await screen.type("yes");
    await screen.press("Enter");
    await screen.shows(/Run it\? \[y\/N\]$/);
    await screen.press("Enter");
    await screen.shows(
      /result of run_command: The person did not permit[^]*›$/,
    );
  },
);

const TABLE = `${RECALL} [[slow:1500]] A table:

| Name | Meaning | Count |
|------|:-------:|------:|
| alpha | the first letter of the alphabet | 1 |
| 世界 | the world, in two letters | 22 |

After it, some words that end the answer, so long that they are wrapped.`;

const NARROW = `
Name  │         Meaning          │ Count
──────┼──────────────────────────┼──────
alpha │ the first letter of the  │     1
      │         alphabet         │
──────┼──────────────────────────┼──────
世界  │    the world, in two     │    22
      │         letters          │

After it, some words that end the
answer, so long that they are wrapped.

gpt-5 (read) ›`;

chatTest("an answer fits a window of 40 columns", async ({ chat }) => {
  await using screen = await chat({ columns: 40, rows: 60 });
  await screen.paste(TABLE.replace("[[slow:1500]]", "👩‍👧 שלום"));
  await screen.shows("wrapped.");
  await screen.press("Enter");
  const shown = await screen.shows(
    /After it, some words that end the\nanswer[^]*›$/,
  );
  assert.ok(shown.endsWith(NARROW), shown);
  assert.match(shown, /\n1\. \[\[scenario:recall\]\] 👩‍👧 שלום A table:\n/);
});

chatTest(
  "a table is whole when the window is resized in its midst",
  async ({ chat }) => {
    await using screen = await chat({ rows: 60 });
    await screen.paste(TABLE);
    await screen.shows("so long that they are");
    await screen.press("Enter");
    await screen.shows(
      /\n1\. \[\[scenario:recall\]\] \[\[slow:1500\]\] A table:/,
    );
    await screen.resize({ columns: 60, rows: 60 });
    await screen.resize({ columns: 40, rows: 60 });
    const shown = await screen.shows(
      /After it, some words that end the\nanswer[^]*›$/,
    );
    assert.ok(shown.endsWith(NARROW), shown);
  },
);

chatTest(
  "meka goes on after what another process has said meanwhile",
  async ({ standin, home, chat }) => {
    await using screen = await chat({ args: ["--session", "plan"] });
    await say(screen, "one");
    const args = ["--session", "plan", "two"];
    const { code } = await runMeka({ args, home, standin });
    assert.equal(code, 0);
    const shown = await say(screen, `${RECALL} three`);
    assert.match(
      shown,
      /note: Another run went on with this conversation: 1 turn more\n/,
    );
    assert.match(
      shown,
      /\n1\. one\n2\. two\n3\. \[\[scenario:recall\]\] three\n/,
    );
  },
);

for (
  const [signal, status] of [["SIGTERM", 143], ["SIGHUP", 129]] as const
) {
  chatTest(
    `${signal} at the prompt line leaves the terminal as it was`,
    async ({ chat }) => {
      await using screen = await chat();
      await screen.type("half a li");
      await screen.shows("half a li");
      Deno.kill(await screen.pid(), signal);
      assert.equal(await screen.end(), status);
    },
  );

  chatTest(
    `${signal} in mid-answer leaves the terminal as it was, and what came of the answer`,
    async ({ home, chat }) => {
      await using screen = await chat();
      await screen.type("[[scenario:endless]]");
      await screen.press("Enter");
      await screen.shows("line 5 of an answer");
      Deno.kill(await screen.pid(), signal);
      assert.equal(await screen.end(), status);
      const [row] = rows(
        home,
        "SELECT group_concat(text, '') FROM items WHERE partial = 1",
      );
      assert.match(String(row), /^line 1 of an answer/);
    },
  );
}

chatTest(
  "a terminal that knows no control sequences gets none",
  async ({ chat }) => {
    await using screen = await chat({ env: { TERM: "dumb" } });
    await say(screen, "# Title");
    await screen.press("C-c");
    await screen.shows(/Ctrl-C again ends the chat, [^]*›$/);
    await screen.press("C-d");
    assert.equal(await screen.end(), 0);
  },
);
