import { pieces } from "../../events.ts";
import type { Expectation, Reply } from "../../scenario.ts";
import { type Call, callHead, callPieces, wholeCall } from "../calls.ts";
import type { Json } from "../chunks.ts";
import { type Said, say } from "../say.ts";
import type { ChatPlay, ChatScenario, ExpectedCall } from "../scenario.ts";

const LOOK = ["Let me", " look."];
/** A run that offers no tool has the text, but waits for a result that never comes. */
const NO_TOOLS: Expectation = { stdout: "Let me look.", exit: 7, requests: 1 };
const OPEN =
  "No tool is offered yet; the model then waits for a result that never comes, and its text is no whole answer";

const A: Call = {
  id: "call_a",
  name: "read_file",
  pieces: [`{"pa`, `th":`, `"a.txt"}`],
};
const B: Call = {
  id: "call_b",
  name: "read_file",
  pieces: [`{"path"`, `:"b.txt"`, `}`],
};
const BOTH = [A, B];

/** Scenarios with tool calls; a request that brings results is answered with text. */
export const CHAT_CALLS = {
  tool_call: calling("A word and a call, in the family's way", { calls: [A] }),
  tool_calls_parallel: calling("Two calls, one after the other", {
    calls: BOTH,
  }),
  tool_call_pieces: calling("Arguments in pieces", {
    calls: [A],
    callDeltas: [callHead(A, 0), ...callPieces(A, 0)],
  }),
  tool_calls_interleaved: calling("Pieces of two calls in turn, by index", {
    calls: BOTH,
    callDeltas: [
      callHead(A, 0),
      callHead(B, 1),
      ...callPieces(A, 0).flatMap((piece, n) => [
        piece,
        ...callPieces(B, 1).slice(n, n + 1),
      ]),
    ],
  }),
  tool_call_whole: calling("The whole call in one piece", {
    calls: [A],
    callDeltas: [wholeCall(A, 0)],
  }, ["ollama", "openrouter", "litellm"]),
  // Ollama and Gemini behind a gateway have calls without ids.
  tool_calls_no_ids: calling(
    "Two whole calls without ids",
    {
      calls: BOTH,
      callDeltas: BOTH.map((call, index) =>
        without("id", wholeCall(call, index))
      ),
    },
    ["ollama", "openrouter", "litellm"],
    BOTH.map(({ id: _, ...call }) => call),
  ),
  tool_calls_empty_ids: calling(
    "Two whole calls whose ids are empty",
    {
      calls: BOTH,
      callDeltas: BOTH.map((call, index) =>
        wholeCall({ ...call, id: "" }, index)
      ),
    },
    ["ollama", "llamacpp"],
    BOTH.map(({ id: _, ...call }) => call),
  ),
  // Gemini's endpoint for this wire leaves the index out.
  tool_call_no_index: calling("A call without an index", {
    calls: [A],
    callDeltas: [without("index", wholeCall(A, 0))],
  }, ["openrouter", "litellm"]),
  // Ollama before 2025 says index 0 for each of them; the ids tell them apart.
  tool_calls_same_index: calling("Two whole calls, both with index 0", {
    calls: BOTH,
    callDeltas: BOTH.map((call) => wholeCall(call, 0)),
  }, ["ollama", "litellm"]),
  // Some gateways repeat the id and the name with every piece of the arguments.
  tool_call_repeated: calling("The id and the name again in every piece", {
    calls: [A],
    callDeltas: A.pieces.map((text) => wholeCall({ ...A, pieces: [text] }, 0)),
  }, ["litellm", "lmstudio"]),
  // vLLM's later pieces have an id and a name that are null.
  tool_call_nulls: calling("Null for the id and the name in later pieces", {
    calls: [A],
    callDeltas: [
      callHead(A, 0),
      ...A.pieces.map((text) => ({
        index: 0,
        id: null,
        type: null,
        function: { name: null, arguments: text },
      })),
    ],
  }, ["vllm", "lmstudio"]),
  tool_call_no_arguments: calling(
    "A call whose arguments never come",
    { calls: [{ ...A, pieces: [] }], callDeltas: [callHead(A, 0)] },
    undefined,
    [{ ...A, pieces: ["{}"] }],
  ),
  // LiteLLM before Ollama hands its objects on.
  tool_call_object: calling("Arguments as an object instead of a text", {
    calls: [A],
    callDeltas: [{
      ...wholeCall(A, 0),
      function: { name: A.name, arguments: { path: "a.txt" } },
    }],
  }, ["litellm"]),
  // Ollama before 2025, Gemini, and GPT-4o now and then.
  tool_call_stop: {
    ...untold("A call, and `stop` for the reason", {
      calls: [A],
      finish: "stop",
    }, ["ollama", "openai", "openrouter"]),
    open:
      "Whether a call counts although the reason is `stop` is for the loop that makes calls",
  },
  tool_call_only: {
    ...untold("A call and no text at all", { calls: [A] }),
    answer: (play) => answer(play, { calls: [A] }, []),
  },
} satisfies Record<string, ChatScenario>;

function calling(
  what: string,
  said: Said & { readonly calls: readonly Call[] },
  profiles?: ChatScenario["profiles"],
  expected: readonly (Omit<Call, "id"> & { readonly id?: string })[] =
    said.calls,
): ChatScenario {
  const calls = expected.map(({ id, name, pieces }): ExpectedCall => ({
    ...(id === undefined ? {} : { id }),
    name,
    arguments: pieces.join(""),
  }));
  return {
    what,
    expect: NO_TOOLS,
    open: OPEN,
    calls,
    ...(profiles === undefined ? {} : { profiles }),
    answer: (play) => answer(play, said, LOOK),
  };
}

/** One for which no run can be told exactly. */
function untold(...row: Parameters<typeof calling>): ChatScenario {
  const { expect: _, open: __, ...scenario } = calling(...row);
  return scenario;
}

function answer(
  play: ChatPlay,
  said: Said,
  text: readonly string[],
): Reply {
  if (play.toolOutputs.length > 0) {
    const told = `The tool said: ${play.toolOutputs.join(", ")}`;
    return say(play, { text: pieces(told) });
  }
  return say(play, { text, ...renamed(said, play.tool) });
}

/** The calls are of the tool that is offered. */
function renamed(said: Said, tool: string): Said {
  const { calls, callDeltas } = said;
  return {
    ...said,
    ...(calls && { calls: calls.map((call) => ({ ...call, name: tool })) }),
    ...(callDeltas && {
      callDeltas: callDeltas.map((entry): Json => {
        const named: unknown = entry["function"];
        const known = typeof named === "object" && named !== null &&
          "name" in named && typeof named.name === "string";
        return known ? { ...entry, function: { ...named, name: tool } } : entry;
      }),
    }),
  };
}

function without(name: string, entry: Json): Json {
  const { [name]: _, ...rest } = entry;
  return rest;
}
