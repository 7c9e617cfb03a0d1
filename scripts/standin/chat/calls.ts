import { chunk, type Json, type Message } from "./chunks.ts";
import type { ChatPlay } from "./scenario.ts";

/** A tool call in the pieces its arguments come in. */
export interface Call {
  readonly id: string;
  readonly name: string;
  readonly pieces: readonly string[];
}

/** The chunks of tool calls, one call after the other, as the family sends them. */
export function callChunks(
  play: ChatPlay,
  calls: readonly Call[],
): Message[] {
  const { wholeCalls, delta } = play.profile.dialect;
  return calls.flatMap((call, index) => {
    const deltas = wholeCalls
      ? [wholeCall(call, index)]
      : [callHead(call, index), ...callPieces(call, index)];
    return deltas.map((entry) =>
      chunk(play, { ...delta, tool_calls: [entry] })
    );
  });
}

/** A call with all it has. */
export function wholeCall({ id, name, pieces }: Call, index: number): Json {
  const args = pieces.join("");
  return { index, id, type: "function", function: { name, arguments: args } };
}

/** The piece of a call that brings its id and its name. */
export function callHead({ id, name }: Call, index: number): Json {
  return { index, id, type: "function", function: { name, arguments: "" } };
}

/** The pieces of a call that bring its arguments. */
export function callPieces({ pieces }: Call, index: number): Json[] {
  return pieces.map((text) => ({ index, function: { arguments: text } }));
}
