import { MekaError } from "../errors.ts";
import type { EventBatch } from "../event.ts";
import type { Turn } from "../message.ts";
import { historyItems } from "../store/history.ts";
import { record } from "../store/record.ts";
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
}

/**
 * Answers what the person says, the only item of `turn`, in the light of the conversation so far, and keeps both:
 * `record(toolLoop(turn))`.
 */
export function converse(
  turn: Turn,
  context: ConverseContext,
): AsyncIterable<EventBatch> {
  const { access, opened, host, providerName, warn } = context;
  const events = answer(turn, context);
  const [said] = turn.items;
  if (!opened.kept || access.opened === undefined || said === undefined) {
    return events;
  }
  return record(events, {
    database: access.opened.database,
    conversation: opened.conversation,
    begun: opened.begun,
    host,
    provider: providerName,
    model: turn.model,
    said,
    failed: access.storeTold,
    warn,
  });
}

async function* answer(
  turn: Turn,
  context: ConverseContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const { opened: { history }, compacts } = context;
  const full = { ...turn, items: [...historyItems(history), ...turn.items] };
  const canCompact = compacts && history.turns.length > 0;
  if (!canCompact) {
    yield* toolLoop(full, context);
    return;
  }
  if (!outgrows(history, turn)) {
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
  const shorter = yield* compact(history, turn, context);
  const items = [...historyItems(shorter), ...turn.items];
  yield* toolLoop({ ...turn, items }, context);
}
