import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { Turns } from "../../scripts/standin/turns.ts";
import { user } from "./client.ts";
import type { Item } from "./conversation.ts";

type End = "completed" | "calls" | "more" | "cut" | "left";

/** One request: its items, whether the state of the turn before is echoed, and how its answer ends. */
interface Step {
  readonly input: readonly Item[];
  readonly echo: boolean;
  readonly end: End;
  /** It has a turn of its own in the middle of another one. */
  readonly aside?: true;
}

const CALL = { type: "function_call", ["call_id"]: "c" };
const OUTPUT = { type: "function_call_output", ["call_id"]: "c" };
const FIRST = [user("hi")];
const CALLED = [...FIRST, CALL, OUTPUT];

/** What happens, and the rounds and problems of the last request. */
const TURNS: readonly [string, readonly Step[], number, RegExp | undefined][] =
  [
    [
      "a new turn brings no state",
      [
        { input: FIRST, echo: false, end: "completed" },
        { input: [...FIRST, user("ho")], echo: false, end: "completed" },
      ],
      1,
      undefined,
    ],
    [
      "a new turn brings the old state",
      [
        { input: FIRST, echo: false, end: "completed" },
        { input: [...FIRST, user("ho")], echo: true, end: "completed" },
      ],
      1,
      /of another turn/,
    ],
    [
      "a result echoes the state",
      [
        { input: FIRST, echo: false, end: "calls" },
        { input: CALLED, echo: true, end: "completed" },
      ],
      2,
      undefined,
    ],
    [
      "a result without the state",
      [
        { input: FIRST, echo: false, end: "calls" },
        { input: CALLED, echo: false, end: "completed" },
      ],
      2,
      /not echoed/,
    ],
    [
      "a retry echoes the state",
      [
        { input: FIRST, echo: false, end: "cut" },
        { input: FIRST, echo: true, end: "completed" },
      ],
      1,
      undefined,
    ],
    [
      "a retry without the state",
      [
        { input: FIRST, echo: false, end: "cut" },
        { input: FIRST, echo: false, end: "completed" },
      ],
      1,
      /not echoed/,
    ],
    [
      "a turn begun anew by a client that had left",
      [
        { input: FIRST, echo: false, end: "left" },
        { input: FIRST, echo: false, end: "completed" },
      ],
      1,
      undefined,
    ],
    [
      "a turn begun anew although its calls had come",
      [
        { input: FIRST, echo: false, end: "calls" },
        { input: FIRST, echo: false, end: "completed" },
      ],
      1,
      undefined,
    ],
    [
      "another message instead of results",
      [
        { input: FIRST, echo: false, end: "calls" },
        { input: [...CALLED, user("hi")], echo: false, end: "completed" },
      ],
      1,
      undefined,
    ],
    [
      "results behind a summary of what was before",
      [
        { input: [user("a"), ...FIRST], echo: false, end: "calls" },
        {
          input: [user("sum up")],
          echo: false,
          end: "completed",
          aside: true,
        },
        { input: CALLED, echo: true, end: "completed" },
      ],
      2,
      undefined,
    ],
    [
      "a turn with more to come",
      [
        { input: FIRST, echo: false, end: "more" },
        {
          input: [...FIRST, { type: "message", role: "assistant" }],
          echo: true,
          end: "completed",
        },
      ],
      2,
      undefined,
    ],
  ];

for (const [name, steps, round, expected] of TURNS) {
  Deno.test(`Turns.open() takes it right: ${name}`, () => {
    const turns = new Turns();
    let state: string | null = null;
    let last = { round: 0, problems: [""] as readonly string[] };
    for (const { input, echo, end, aside = false } of steps) {
      const request = { aborted: false };
      const turn = turns.open("s", input, {
        echoed: echo ? state : null,
        request,
      });
      if (!aside) state = turn.state;
      if (end === "left") request.aborted = true;
      else if (end !== "cut") turn.end(end);
      last = turn;
    }
    assert.equal(last.round, round);
    assert.match(last.problems.join(), expected ?? /^$/);
  });
}

Deno.test("a client that goes in the middle of its request has left, and was asked for nothing", async () => {
  await using standin = await startStandin();
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(standin.baseUrl.port),
  });
  await connection.write(new TextEncoder().encode(
    "POST /backend-api/codex/responses HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
  ));
  connection.close();
  await standin.until((requests) => requests[0]?.aborted === true);
  assert.deepEqual(standin.violations, []);
  assert.equal(standin.prompts.size, 0);
  assert.equal(standin.load.now, 0);
});
