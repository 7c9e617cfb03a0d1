import { createHash } from "node:crypto";
import { contentText, lastAsked } from "./history.ts";
import type { Body } from "./json_object.ts";
import { randomText } from "./tokens.ts";
import type { RecordedRequest } from "./types.ts";

interface Turn {
  readonly state: string;
  /** What the person said that the turn is about, and how many messages of a person there are up to it. */
  readonly asked: string;
  users: number;
  input: string;
  attempt: number;
  round: number;
  ended: "no" | "calls" | "more";
  /** Its last request. */
  last: Pick<RecordedRequest, "aborted">;
}

/** What the backend learns about the turn that a request belongs to. */
export interface OpenTurn {
  /** The value for `x-codex-turn-state`, the same in the whole turn. */
  readonly state: string;
  /** How often this very input has been sent in the turn, from 1. */
  readonly attempt: number;
  /** Counted up whenever the turn goes on after an answer, from 1. */
  readonly round: number;
  readonly problems: readonly string[];
  /** Says that the answer came to its good end. */
  end(how: "completed" | "calls" | "more"): void;
}

/** So many unfinished turns of a conversation are known: a summary may be asked for in the middle of one. */
const OPEN = 4;

/** The turns that are not at their end, of all conversations, told apart by `session-id`. */
export class Turns {
  readonly #turns = new Map<string, Turn[]>();

  /** Finds the turn of a request: a repeated or continued one must echo its state, a new one must not bring any. */
  open(
    session: string,
    input: readonly Body[],
    { echoed, request }: {
      readonly echoed: string | null;
      readonly request: Pick<RecordedRequest, "aborted">;
    },
  ): OpenTurn {
    const open = this.#turns.get(session) ?? [];
    const at = lastAsked(input);
    const now = {
      input: createHash("sha1").update(JSON.stringify(input)).digest("base64"),
      asked: contentText(input[at]?.["content"]),
      users: input.filter(({ role }) => role === "user").length,
      answered: at < input.length - 1,
    };
    // Whoever had the whole answer, or left before its end, may as well begin the turn anew.
    const again = open.findLast((turn) =>
      turn.input === now.input &&
      (turn.state === echoed || turn.ended === "no" && !turn.last.aborted)
    );
    const further = again ?? open.findLast((turn) =>
      // Messages become fewer when the older ones are replaced by a summary, never more.
      turn.ended !== "no" && now.answered && turn.asked === now.asked &&
      now.users <= turn.users
    );
    const turn: Turn = further ??
      {
        ...now,
        state: `ts_${randomText(24)}`,
        attempt: 0,
        round: 1,
        ended: "no",
        last: request,
      };
    const problems = further === undefined
      ? echoed === null ? [] : ["x-codex-turn-state of another turn"]
      : echoed === turn.state
      ? []
      : ["x-codex-turn-state of this turn is not echoed"];
    if (further !== undefined && again === undefined) {
      turn.attempt = 0;
      turn.round++;
      turn.input = now.input;
      turn.users = now.users;
    }
    turn.attempt++;
    turn.ended = "no";
    turn.last = request;
    if (further === undefined) {
      this.#turns.set(session, [...open, turn].slice(-OPEN));
    }
    return {
      state: turn.state,
      attempt: turn.attempt,
      round: turn.round,
      problems,
      end: (how) => {
        if (how === "completed") this.#close(session, turn);
        else turn.ended = how;
      },
    };
  }

  #close(session: string, turn: Turn): void {
    const left = (this.#turns.get(session) ?? []).filter((open) =>
      open !== turn
    );
    if (left.length === 0) this.#turns.delete(session);
    else this.#turns.set(session, left);
  }
}
