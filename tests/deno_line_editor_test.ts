import assert from "node:assert/strict";
import { repositoryPath } from "./support/program.ts";
import { hasTerminals, openShell, type Terminal } from "./support/terminal.ts";

const ENTER = "\r";
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const ESCAPE = "\x1b";

/** A terminal on which lines are read, and the process that does it. */
interface Place {
  readonly terminal: Terminal;
  readonly pid: number;
}

/** A test of the line editor of a real process on a terminal. */
function editorTest(
  name: string,
  fn: (place: Place) => Promise<void>,
  then = "",
): void {
  const ignore = !hasTerminals();
  Deno.test({
    name: ignore ? `${name} (skipped: there is no \`script\`)` : name,
    ignore,
    fn: async () => {
      const path = repositoryPath("tests/support/line_editor_program.ts");
      const program = [Deno.execPath(), "run", "-q", "-A", path];
      await using terminal = openShell(program, { columns: 40, then });
      const said = await terminal.shows(/process \d+/);
      await terminal.shows("> ");
      await fn({ terminal, pid: Number(said.slice("process ".length)) });
    },
  });
}

/** Waits for the process to have read something, and for what follows. */
async function reads(
  { terminal }: Place,
  input: unknown,
  next = "> ",
): Promise<void> {
  await terminal.shows(JSON.stringify(input));
  await terminal.shows(next);
}

async function enter(place: Place, text: string, next?: string): Promise<void> {
  await place.terminal.type(text + ENTER);
  await reads(place, { type: "line", text }, next);
}

/** Ends the process by Ctrl-D. */
async function leave(place: Place): Promise<void> {
  await place.terminal.type(CTRL_D);
  await assertRestored(place.terminal, 0);
  assert.ok(place.terminal.screen().includes('{"type":"end"}'));
}

/** Pastes are marked no more, and the terminal reads lines and shows what is typed. */
async function assertRestored(terminal: Terminal, code: number): Promise<void> {
  assert.equal(await terminal.ended, code, terminal.screen());
  const screen = terminal.screen();
  const last = screen.lastIndexOf("\x1b[?2004");
  assert.equal(screen.slice(last, last + 8), "\x1b[?2004l");
  assert.match(screen, /(?<!-)\bicanon\b/);
  assert.match(screen, /(?<!-)\becho\b/);
}

editorTest("TerminalLineEditor reads lines until Ctrl-D", async (place) => {
  const { terminal } = place;
  await enter(place, "héllo 世界");
  await enter(place, "");
  await terminal.type("a\x1bb\x1b[D\x01b\x1b[Ac");
  await terminal.type(CTRL_C);
  await terminal.shows("^C");
  await terminal.type(CTRL_C);
  await reads(place, { type: "cancel" });
  await terminal.type(`${ESCAPE}[200~one\r\ttwo\x1b[31m\n${ESCAPE}[201~`);
  await terminal.type(ENTER);
  await reads(place, { type: "line", text: "one\n\ttwo[31m\n" });
  await leave(place);
});

// how the process ends while a line is read, and its exit status
const ENDS:
  readonly (readonly [string, (place: Place) => Promise<void>, number])[] = [
    ["it exits", (place) => enter(place, "exit"), 7],
    ["an error is thrown", (place) => enter(place, "throw"), 1],
    ["a promise is rejected", (place) => enter(place, "reject"), 1],
    ["SIGTERM comes", (place) => kill(place, "SIGTERM"), 9],
    ["SIGINT comes", (place) => kill(place, "SIGINT"), 9],
    ["SIGHUP comes", (place) => kill(place, "SIGHUP"), 9],
  ];

async function kill(
  { terminal, pid }: Place,
  signal: Deno.Signal,
): Promise<void> {
  await terminal.type("some text");
  await terminal.shows("some text");
  Deno.kill(pid, signal);
}

for (const [how, end, code] of ENDS) {
  editorTest(
    `TerminalLineEditor restores the terminal when ${how}`,
    async (place) => {
      await end(place);
      await assertRestored(place.terminal, code);
    },
  );
}

editorTest(
  "TerminalLineEditor takes a paste of 200 lines for one line",
  async (place) => {
    const { terminal } = place;
    const lines = Array.from({ length: 200 }, (_, at) => `line ${at}`);
    await terminal.type(`${ESCAPE}[200~${lines.join("\r")}${ESCAPE}[201~`);
    await terminal.shows("line 199");
    await terminal.type(ENTER);
    await reads(place, { type: "line", text: lines.join("\n") });
    await leave(place);
  },
);

// what is typed while nothing is read, what is read of it then, and once Enter is pressed
const AHEAD = [
  ["a line", "next\n", { type: "line", text: "next" }, ""],
  ["half a line", "ne", undefined, "ne"],
  ["several lines, which are none", "one\ntwo\n", undefined, "one\ntwo\n"],
] as const;

for (const [what, text, read, rest] of AHEAD) {
  editorTest(`TerminalLineEditor reads ${what} typed ahead`, async (place) => {
    const { terminal, pid } = place;
    await enter(place, "answer", "answering");
    await terminal.type(text.replaceAll("\n", ENTER));
    await terminal.shows(text.trimEnd().split("\n").at(-1) ?? "");
    Deno.kill(pid, "SIGUSR2");
    if (read !== undefined) await reads(place, read);
    else await terminal.shows(`> ${rest.split("\n")[0]}`);
    await terminal.type(ENTER);
    await reads(place, { type: "line", text: rest });
    await leave(place);
  });
}

editorTest(
  "TerminalLineEditor leaves the keys behind a line for the next one",
  async (place) => {
    await place.terminal.type(`one${ENTER}two${ENTER}three${ENTER}`);
    for (const text of ["one", "two", "three"]) {
      await reads(place, { type: "line", text });
    }
    await leave(place);
  },
);

editorTest(
  "TerminalLineEditor gives up a line, and reads on with the next",
  async (place) => {
    const { terminal, pid } = place;
    await enter(place, "abort");
    await terminal.type("one");
    await terminal.shows("one");
    Deno.kill(pid, "SIGUSR2");
    await terminal.shows("given up");
    await enter(place, "two");
    await leave(place);
  },
);

editorTest(
  "TerminalLineEditor searches, and takes a lone escape for the key",
  async (place) => {
    const { terminal } = place;
    await terminal.type("\x12fi");
    await terminal.shows('search "fi": first');
    await terminal.type(ESCAPE);
    await terminal.shows("> first");
    await terminal.type(ENTER);
    await reads(place, { type: "line", text: "first" });
    await leave(place);
  },
);

editorTest(
  "TerminalLineEditor completes, and lists what there is at the second Tab",
  async (place) => {
    const { terminal } = place;
    await terminal.type("/m\t");
    await terminal.shows("> /mode");
    await terminal.type("\t");
    await terminal.shows("/model  /mode");
    await terminal.shows("> ");
    await terminal.type(`l${ENTER}`);
    await reads(place, { type: "line", text: "/model" });
    await leave(place);
  },
);

editorTest(
  "TerminalLineEditor breaks the line anew when the window is resized",
  async (place) => {
    const { terminal, pid } = place;
    await terminal.type("abcdefghijklmnopqrstuvwxyz");
    await terminal.shows("> abcdefghijklmnopqrstuvwxyz");
    const resize = new Deno.Command("stty", {
      args: ["-F", `/proc/${pid}/fd/0`, "cols", "20"],
    });
    assert.ok((await resize.output()).success);
    await terminal.shows(/> abcdefghijklmnopqr\s+stuvwxyz/);
    await terminal.type(ENTER);
    await reads(place, { type: "line", text: "abcdefghijklmnopqrstuvwxyz" });
    await leave(place);
  },
);

editorTest(
  "TerminalLineEditor lets the shell have the terminal at Ctrl-Z",
  async (place) => {
    const { terminal } = place;
    await terminal.type("half");
    await terminal.shows("half");
    await terminal.type("\x1a");
    await terminal.shows("suspended");
    assert.equal(await terminal.shows(/.icanon/), " icanon");
    await terminal.type("back\n");
    await terminal.shows("> half");
    await terminal.type(`way${ENTER}`);
    await reads(place, { type: "line", text: "halfway" });
    await leave(place);
  },
  "echo suspended; stty -a; read line; fg; ",
);

editorTest(
  "Host.catchInterrupt() has Ctrl-C end a part of the run",
  async (place) => {
    const { terminal } = place;
    for (let times = 0; times < 2; times++) {
      await terminal.type(`catch${ENTER}`);
      await terminal.shows("catching");
      await terminal.type(CTRL_C);
      await terminal.shows("caught, the run goes on");
      await terminal.shows("> ");
    }
    await leave(place);
  },
);

editorTest(
  "Host.catchInterrupt() leaves the second Ctrl-C to the run",
  async ({ terminal }) => {
    await terminal.type(`catch twice${ENTER}`);
    await terminal.shows("catching");
    await terminal.type(CTRL_C);
    await terminal.shows("caught, the run goes on");
    await terminal.type(CTRL_C);
    await terminal.shows("Interrupted");
    await assertRestored(terminal, 9);
  },
);
