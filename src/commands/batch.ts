import { inParallel } from "../batch/in_parallel.ts";
import { readChunks, readLines } from "../batch/lines.ts";
import { Pace } from "../batch/pace.ts";
import { sharedSleep } from "../batch/sleepers.ts";
import { Tally } from "../batch/tally.ts";
import { Trouble } from "../batch/trouble.ts";
import { MekaError } from "../errors.ts";
import {
  type AnswerContext,
  answerLine,
  type Outcome,
} from "./batch_answer.ts";
import { sharedCredentials } from "./batch_credentials.ts";
import { keepsAnswers, openKeeper } from "./batch_keeper.ts";
import { batchLine } from "./batch_line.ts";
import { pacedFetch } from "./batch_paced_fetch.ts";
import { openProgress, type Progress } from "./batch_progress.ts";
import { turnTemplates } from "./batch_turn.ts";
import { type CommandContext, text } from "./context.ts";
import { resolveProvider } from "./provider_run.ts";
import {
  openTurnRun,
  readNumber,
  readTurnOptions,
  type TurnRun,
  WHOLE_NUMBER,
} from "./turn_run.ts";

/** How many records are under way at once when nobody says otherwise, and at most. */
const JOBS = 4;
const MOST_JOBS = 64;

/** Answers the records on standard input side by side, with one line of JSON each. */
export async function batch(context: CommandContext): Promise<number> {
  const { host, options } = context;
  if (options.has("forget")) {
    const { batchForget } = await import("./batch_forget.ts");
    return await batchForget(context);
  }
  if (host.isTerminal("stdin")) {
    throw new MekaError("usage", "There are no records on standard input", {
      hint: "Send them in, one a line, as in `meka batch < prompts.txt`",
    });
  }
  const jobs = readJobs(context);
  const chosen = await resolveProvider(context);
  const turnOptions = readTurnOptions(context, chosen);
  const schema = await readSchemaFile(context);
  host.prepareFetch(chosen.settings.baseUrl.value);
  const pace = new Pace({ host, jobs, waits: options.has("wait") });
  const fetch = pacedFetch(context.fetch, { pace, host });
  const paced = { ...context, fetch };
  await using run = await openTurnRun(paced, chosen, turnOptions);
  const tally = new Tally(host);
  await using progress = openProgress(context, { tally, pace });
  const template = turnTemplates(run, context);
  await check(run, context, progress);
  template(undefined);
  const trouble = new Trouble(jobs);
  const { note, warn } = progress;
  const plain = options.has("text");
  const limits: AnswerContext["limits"] = (told) => {
    tally.limits = told;
  };
  const asking = { context, run, template, schema, plain, pace, trouble };
  const reason = await answerAll({ ...asking, note, warn, limits, tally });
  await progress.end();
  await progress.note(tally.summary());
  const failure = host.interrupt.aborted
    ? host.interrupt.reason
    : reason ?? lossOf(tally);
  if (failure === undefined) return 0;
  throw unfinished(failure, {
    kept: keepsAnswers(run, context),
    waits: options.has("wait"),
  });
}

function lossOf({ failed, incomplete, done }: Tally): MekaError | undefined {
  const lost = failed + incomplete;
  return lost === 0 ? undefined : new MekaError(
    "incomplete",
    `${lost} of ${done} records have no whole answer`,
  );
}

/** Why a batch is not finished, with what another run of it would do. */
function unfinished(
  error: MekaError,
  { kept, waits }: { readonly kept: boolean; readonly waits: boolean },
): MekaError {
  const { kind, message, exit, retryAt, hint, cause } = error;
  const hints = [
    ...(hint === undefined ? [] : [hint]),
    ...(kept
      ? ["Run the same command again for the rest: what is answered is kept"]
      : []),
    ...(kind === "limit" && retryAt !== undefined && !waits
      ? ["Pass `--wait` to wait for such a limit to end"]
      : []),
  ];
  return new MekaError(kind, message, {
    exit,
    retryAt,
    cause,
    hint: hints.length === 0 ? undefined : hints.join(". "),
  });
}

type Batch =
  & Omit<
    AnswerContext,
    "host" | "credentials" | "keeper" | "stopped" | "stop"
  >
  & { readonly tally: Tally };

/** Answers what there is on standard input and writes it out; returns why it stopped before the end. */
async function answerAll(batch: Batch): Promise<MekaError | undefined> {
  const { context, run, pace, tally, warn } = batch;
  const { host, options } = context;
  const quit = follow(host.interrupt);
  const { signal } = quit;
  let reason: MekaError | undefined;
  const answering: AnswerContext = {
    ...batch,
    host: { ...host, interrupt: signal, sleep: sharedSleep(host) },
    credentials: sharedCredentials(run.access.credentials, {
      host,
      signal,
      hide: context.hide,
    }),
    keeper: await openKeeper(run, context, { signal, warn }),
    stopped: () => reason !== undefined || signal.aborted,
    stop: (error) => {
      reason ??= error;
    },
  };
  const lines = readLines(readChunks(host.stdin, signal));
  const outcomes = inParallel(lines, async (line) => {
    const outcome = await answerLine(line, answering);
    if (outcome !== undefined) tally.add(outcome);
    return outcome;
  }, {
    room: () => pace.room,
    stopped: answering.stopped,
    ordered: !options.has("unordered"),
    sizeOf: ({ size, text = "" }: Outcome) => size + text.length,
    left: () => quit.abort(OVER),
  });
  for await (const ready of outcomes) {
    const written = ready.map((outcome) => batchLine(outcome, context));
    await host.write({ to: "stdout", text: written.join("") });
  }
  return reason;
}

/** What ends a turn whose answer nobody takes any more. */
const OVER = new MekaError("interrupted", "The batch is over");

/** Aborted with a signal, and by others. */
function follow(signal: AbortSignal): AbortController {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { signal: controller.signal });
  return controller;
}

function readJobs(context: CommandContext): number {
  const jobs = readNumber(context, "jobs", WHOLE_NUMBER) ?? JOBS;
  if (jobs <= MOST_JOBS) return jobs;
  throw new MekaError(
    "usage",
    `\`--jobs\` must be ${MOST_JOBS} at most, not "${text(context, "jobs")}"`,
  );
}

async function readSchemaFile(
  context: CommandContext,
): Promise<AnswerContext["schema"]> {
  const path = text(context, "schema");
  if (path === undefined) return undefined;
  const { readSchema } = await import("./attachments.ts");
  return await readSchema(path, context.host);
}

/** Finds out what would fail every record, before the first is read. */
async function check(
  run: TurnRun,
  context: CommandContext,
  { warn }: Progress,
): Promise<void> {
  const { access: { credentials } } = run;
  const { warnings } = await credentials.current(context.host.interrupt);
  for (const warning of warnings) await warn(warning);
}
