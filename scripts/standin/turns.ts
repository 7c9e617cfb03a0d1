import { randomText } from "./tokens.ts";

interface Turn {
  readonly state: string;
  input: string;
  attempt: number;
  ended: "no" | "completed" | "calls";
}

/** What the backend learns about the turn that a request belongs to. */
export interface OpenTurn {
  /** The value for `x-codex-turn-state`, the same in the whole turn. */
  readonly state: string;
  /** How often this very input has been sent in the turn, from 1. */
  readonly attempt: number;
  readonly problems: readonly string[];
  /** Says that the answer came to its good end. */
  end(how: "completed" | "calls"): void;
}

/** The turns of all conversations, told apart by `session-id`. */
export class Turns {
  readonly #turns = new Map<string, Turn>();

  /** Finds the turn of a request: a repeated or continued one must echo its state, a new one must not bring any. */
  open(session: string, input: unknown, echoed: string | null): OpenTurn {
    const text = JSON.stringify(input);
    const known = this.#turns.get(session);
    const again = known !== undefined && known.ended !== "completed" &&
      known.input === text;
    const goesOn = known?.ended === "calls" && text.length > known.input.length;
    const turn: Turn = (again || goesOn) && known !== undefined
      ? known
      : { state: `ts_${randomText(24)}`, input: text, attempt: 0, ended: "no" };
    const problems: string[] = [];
    if (turn === known) {
      if (echoed !== turn.state) {
        problems.push(`x-codex-turn-state of this turn is not echoed`);
      }
    } else if (echoed !== null) {
      problems.push("x-codex-turn-state of another turn");
    }
    if (goesOn) turn.attempt = 0;
    turn.input = text;
    turn.attempt++;
    turn.ended = "no";
    this.#turns.set(session, turn);
    return {
      state: turn.state,
      attempt: turn.attempt,
      problems,
      end: (how) => turn.ended = how,
    };
  }
}
