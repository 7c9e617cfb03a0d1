import type { Round, ScriptedCall, ToolScript } from "./tool_script.ts";

/** Escape codes, a false answer to a question, and marks that turn text around, where a name or a path is due. */
const TRICK =
  "\u001b[2K\u001b[1A\rls -l\u001b[0m\u0007\nAllow? yes\n\u202e\u2066gpj.a";

/** What the model asks for, by scenario; each ends in what the calls brought. */
export const TOOL_SCRIPTS = {
  tools_one: {
    what: "One call",
    round: rounds([{ calls: [path("a.txt")] }]),
  },
  tools_two: {
    what: "Two calls at once",
    round: rounds([{ calls: paths(2) }]),
  },
  tools_five: {
    what: "Five calls at once",
    round: rounds([{ calls: paths(5) }]),
  },
  tools_rounds: {
    what: "Three rounds: one call, two at once, one",
    round: rounds([
      { calls: [path("a.txt")] },
      { calls: [path("b.txt"), path("c.txt")] },
      { calls: [path("d.txt")] },
    ]),
  },
  tools_reasoning: {
    what: "Two rounds with thoughts of their own before each",
    round: rounds([
      { reasoning: ["**First**", " look"], calls: [path("a.txt")] },
      { reasoning: ["**Then**", " look again"], calls: [path("b.txt")] },
    ]),
  },
  tools_text: {
    what: "Text and a call in the same answer, twice",
    round: rounds([
      { text: "Let me look.", calls: [path("a.txt")] },
      { text: "And once more.", calls: [path("b.txt")] },
    ]),
  },
  tools_broken_json: {
    what: "Arguments that are no JSON, then a right call",
    round: rounds([
      { calls: [{ arguments: '{"path": "a.t' }] },
      { calls: [path("a.txt")] },
    ]),
  },
  tools_misfit: {
    what: "Arguments of the wrong kind, then a right call",
    round: rounds([
      { calls: [{ arguments: '{"path": 7, "nonsense": true}' }] },
      { calls: [path("a.txt")] },
    ]),
  },
  tools_not_object: {
    what: "Arguments that are JSON but no object, two at once",
    round: rounds([{ calls: [{ arguments: "[]" }, { arguments: '"a.txt"' }] }]),
  },
  tools_no_arguments: {
    what: "Arguments that are empty, and an empty object",
    round: rounds([{ calls: [{ arguments: "" }, { arguments: "{}" }] }]),
  },
  tools_unknown: {
    what: "A tool that nobody offers, then a right call",
    round: rounds([
      { calls: [{ name: "no_such_tool", arguments: "{}" }] },
      { calls: [path("a.txt")] },
    ]),
  },
  tools_mixed: {
    what:
      "At once a right call, an unknown tool, broken arguments, and another right call",
    round: rounds([{
      calls: [
        path("a.txt"),
        { name: "no_such_tool", arguments: "{}" },
        { arguments: '{"path":' },
        path("b.txt"),
      ],
    }]),
  },
  tools_endless: {
    what: "Another call, whatever the last one brought, for ever",
    round: (n) => ({ calls: [path(`${n}.txt`)] }),
  },
  tools_hostile: {
    what:
      "Escape codes and turned text in the arguments, and in the name of a tool",
    round: rounds([{
      text: `Harmless.${TRICK}`,
      calls: [path(TRICK), { name: "read\u001b[31m_file", arguments: "{}" }],
    }]),
  },
  tools_huge: {
    what: "Arguments of a megabyte",
    round: rounds([{
      calls: [{
        arguments: JSON.stringify({
          path: "a.txt",
          content: "0123456789abcdef".repeat(65_536),
        }),
      }],
    }]),
  },
} satisfies Readonly<Record<string, ToolScript>>;

/** The first tool offered, called with a path. */
function path(path: string): ScriptedCall {
  return { arguments: JSON.stringify({ path }) };
}

function paths(count: number): ScriptedCall[] {
  return Array.from(
    { length: count },
    (_, n) => path(`${String.fromCharCode(97 + n)}.txt`),
  );
}

function rounds(list: readonly Round[]): ToolScript["round"] {
  return (n) => list[n];
}
