import { MekaError } from "../errors.ts";
import { addUsage, type EventBatch } from "../event.ts";
import type { Turn } from "../message.ts";
import { type History, historyItems, NO_HISTORY } from "../store/history.ts";
import { type Keep, record } from "../store/record.ts";
import { newTurnState, type TurnState } from "../stream_turn.ts";
import { toolLoop, type ToolLoopContext } from "../tool_loop.ts";
import type { ProviderAccess } from "./access.ts";
import type { OpenConversation } from "./conversation.ts";
import { outgrows } from "./window.ts";

/** What a turn of a conversation is made with. */
export interface ConverseContext extends ToolLoopContext {
  readonly opened: OpenConversation;
  readonly access: Pick<ProviderAccess, "opened" | "storeTold">;
  /** Summarizes the older part of a conversation that outgrows the model's window. */
  readonly compacts: boolean;
  /** Tells of a conversation that cannot be kept, once no event can. */
  readonly warn: (message: string) => Promise<void>;
  /** Called when what is said cannot be kept from now on. */
  readonly lost?: (() => void) | undefined;
  /** Called with what is replayed from now on, once the older part was summarized. */
  readonly shortened?: ((history: History) => void) | undefined;
}

/**
 * Answers what the person says, the only item of `turn`, in the light of the conversation so far, and keeps both:
 * `record(toolLoop(turn))`.
 */
export async function* converse(
  turn: Turn,
  context: ConverseContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const { access, opened, host, providerName, warn } = context;
  const { schema } = turn;
  const [said] = turn.items;
  const structured = schema === undefined
    ? undefined
    : await import("./structured.ts");
  const past: Past = { history: opened.history };
  // One for all requests: what was settled or told stays so.
  const state = newTurnState(host);
  const events = (context: ConverseContext): AsyncIterable<EventBatch> => {
    const answer = (asked: Turn): AsyncIterable<EventBatch> =>
      answerAfter(past, asked, { ...context, state });
    return structured === undefined || schema === undefined
      ? answer(turn)
      : structured.fitting(turn, schema, answer);
  };
  const kept = !opened.kept || access.opened === undefined || said === undefined
    ? events(context)
    : record((keep) => events(keeping(context, keep)), {
      database: access.opened.database,
      conversation: opened.conversation,
      begun: opened.begun,
      host,
      provider: providerName,
      model: turn.model,
      said,
      failed: () => {
        access.storeTold();
        context.lost?.();
      },
      warn,
    });
  const told = opened.warning === undefined
    ? kept
    : warned(kept, opened.warning, access.storeTold);
  yield* structured === undefined ? told : structured.held(told);
}

/** Adds a warning, after the first event. */
async function* warned(
  events: AsyncIterable<EventBatch>,
  message: string,
  told: () => void,
): AsyncGenerator<EventBatch, void, undefined> {
  let waiting = true;
  for await (const batch of events) {
    yield batch;
    if (!waiting) continue;
    waiting = false;
    told();
    yield [{ type: "warning", message }];
  }
}

/** Has every request wait until what was said before it is stored. */
function keeping(context: ConverseContext, keep: Keep): ConverseContext {
  const { fetch } = context;
  return {
    ...context,
    fetch: async (request) => {
      await keep(request.signal);
      return await fetch(request);
    },
  };
}

/** What was said before; the older part may give way to a summary. */
interface Past {
  history: History;
}

interface AnswerContext extends ConverseContext {
  readonly state: TurnState;
}

async function* answerAfter(
  past: Past,
  turn: Turn,
  context: AnswerContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const { history } = past;
  const { state } = context;
  state.textWritten = false;
  // A correction begins a turn of its own at the service.
  state.turnState = undefined;
  const full = { ...turn, items: [...historyItems(history), ...turn.items] };
  // Where what is said now is too long by itself, nothing is won.
  const canCompact = context.compacts && history.turns.length > 0 &&
    !outgrows(NO_HISTORY, turn);
  if (!canCompact) {
    yield* toolLoop(full, context);
    return;
  }
  if (outgrows(history, turn)) {
    const { model, session } = turn;
    yield [{ type: "start", provider: context.providerName, model, session }];
  } else {
    let begun = false;
    try {
      for await (const batch of toolLoop(full, context)) {
        begun ||= batch.some(({ type }) =>
          type === "replay" || type === "text"
        );
        yield batch;
      }
      return;
    } catch (error) {
      const tooLong = error instanceof MekaError && error.outgrown;
      if (!tooLong || begun) throw error;
    }
  }
  const { compact } = await import("./compact.ts");
  const { history: shorter, usage } = yield* compact(history, turn, context);
  past.history = shorter;
  context.shortened?.(shorter);
  // Another conversation to the service, as far as its routing goes.
  state.turnState = undefined;
  const items = [...historyItems(shorter), ...turn.items];
  for await (const batch of toolLoop({ ...turn, items }, context)) {
    yield batch.filter(({ type }) => type !== "start").map((event) =>
      event.type === "finish"
        ? { ...event, usage: addUsage(usage, event.usage) }
        : event
    );
  }
}
