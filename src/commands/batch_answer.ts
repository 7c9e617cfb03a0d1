import { answerShape } from "../batch/answer_shape.ts";
import type { Line } from "../batch/lines.ts";
import type { Pace } from "../batch/pace.ts";
import { type Asked, type BatchRecord, readRecord } from "../batch/record.ts";
import type { Counted } from "../batch/tally.ts";
import type { Trouble } from "../batch/trouble.ts";
import { MekaError } from "../errors.ts";
import type { Limits, StreamEvent } from "../event.ts";
import type { Host } from "../host.ts";
import type { CredentialSource } from "../stream_turn.ts";
import type { Keeper } from "./batch_keeper.ts";
import { type Said, say, type SayContext } from "./batch_turn.ts";
import type { CommandContext } from "./context.ts";
import type { TurnRun } from "./turn_run.ts";

/** A wait that is worth a word, in milliseconds. */
const LONG_WAIT_MS = 10_000;

/** What became of a record, and what goes out with it. */
export interface Outcome extends Counted {
  readonly carried: BatchRecord["carried"];
  /** The answer, or what there is of it. */
  readonly text: string | undefined;
  /** Why there is no whole answer. */
  readonly error: MekaError | undefined;
}

/** What the records of a batch are answered with. */
export interface AnswerContext extends SayContext {
  readonly context: CommandContext;
  readonly run: TurnRun;
  /** Its interrupt ends all that is under way. */
  readonly host: Host;
  readonly credentials: CredentialSource;
  readonly plain: boolean;
  /** Undefined in a run that keeps nothing. */
  readonly keeper: Keeper | undefined;
  readonly pace: Pace;
  readonly trouble: Trouble;
  /** Whether the batch is coming to its end: then nothing more is sent. */
  readonly stopped: () => boolean;
  /** Ends the batch, for a reason that would meet all the other records, too. */
  readonly stop: (reason: MekaError) => void;
  readonly limits: (limits: Limits) => void;
  readonly note: (message: string) => Promise<void>;
  readonly warn: (message: string) => Promise<void>;
}

/** Answers one line of the input; undefined for one that is left to another run. */
export async function answerLine(
  line: Line,
  context: AnswerContext,
): Promise<Outcome | undefined> {
  const record = readRecord(line, context);
  const { carried, size, asked } = record;
  const reply = asked instanceof MekaError
    ? failed(asked)
    : await answerAsked(asked, { ...context, number: record.number });
  return reply && { carried, size, ...reply };
}

type Reply = Omit<Outcome, "carried" | "size">;

async function answerAsked(
  asked: Asked,
  context: AnswerContext & { readonly number: number },
): Promise<Reply | undefined> {
  const { run, keeper, pace, host } = context;
  let said: Said;
  try {
    said = await say(asked, context);
  } catch (error) {
    const { kind, message, hint } = asMekaError(error);
    const named = `Line ${context.number}: ${message}`;
    return failed(new MekaError(kind, named, { hint }));
  }
  const place = keeper?.place(answerShape(said.turn, run.settings));
  const kept = await place?.take();
  if (kept) {
    return { ...kept, status: "completed", kept: true, error: undefined };
  }
  while (!context.stopped() && await isReady(pace, host)) {
    const reply = await send(said, context);
    const { text, usage, error } = reply;
    if (error === undefined) {
      pace.answered();
      context.trouble.answered();
      if (text !== undefined) await place?.keep({ text, usage });
      return reply;
    }
    if (await settle(reply, error, context)) return reply;
  }
  return undefined;
}

/** Tells whether a failure is the record's own; else it is to be sent again, or left where the batch stops. */
async function settle(
  { text }: Reply,
  error: MekaError,
  { pace, trouble, stop, note }: AnswerContext,
): Promise<boolean> {
  if (error.kind === "interrupted") return false;
  if (error.kind === "limit") {
    const waited = pace.waitMs;
    if (!pace.limited(error)) stop(error);
    else if (waited === 0 && pace.waitMs >= LONG_WAIT_MS) {
      await note(`${error.message}; going on after that`);
    }
    return false;
  }
  if (text !== undefined) {
    trouble.answered();
    return true;
  }
  const reason = trouble.failed(error);
  if (reason !== undefined) stop(reason);
  // What would meet every record is told once, and is no failure of this one.
  return reason !== error;
}

async function isReady(
  pace: Pace,
  { interrupt }: Pick<Host, "interrupt">,
): Promise<boolean> {
  return await pace.ready(interrupt).then(() => true, () => false);
}

async function send(
  { turn, opened }: Said,
  context: AnswerContext,
): Promise<Reply> {
  const { run, host, credentials } = context;
  const watch = { host, credentials };
  const heard = new Heard();
  let error: MekaError | undefined;
  try {
    for await (const batch of run.answer(turn, opened, watch)) {
      for (const event of batch) {
        heard.take(event);
        if (event.type === "limits") context.limits(event.limits);
        if (event.type === "warning") await context.warn(event.message);
      }
    }
  } catch (thrown) {
    error = asMekaError(thrown);
  }
  const { text, usage } = heard;
  const whole = error === undefined;
  return {
    status: whole ? "completed" : text === "" ? "failed" : "incomplete",
    kept: false,
    text: whole || text !== "" ? text : undefined,
    usage,
    error,
  };
}

/** What counts of a turn's events. */
class Heard {
  text = "";
  usage: Reply["usage"];

  take(event: StreamEvent): void {
    if (event.type === "text") this.text += event.delta;
    else if (event.type === "retry") this.text = "";
    else if (event.type === "finish") this.usage = event.usage;
  }
}

function failed(error: MekaError): Reply {
  return {
    status: "failed",
    kept: false,
    text: undefined,
    usage: undefined,
    error,
  };
}

/** A bug that one record meets is no reason to lose the others. */
function asMekaError(error: unknown): MekaError {
  if (error instanceof MekaError) return error;
  const why = error instanceof Error ? error.message : "unknown reason";
  return new MekaError("internal", `Something went wrong inside meka: ${why}`, {
    cause: error,
  });
}
