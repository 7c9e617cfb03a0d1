import type { MekaError } from "../../src/errors.ts";
import type { EventBatch, StreamEvent } from "../../src/event.ts";
import { oneLine } from "../../src/http/redact.ts";
import type { Format, RenderOptions } from "../../src/render/format.ts";

/** What was written, and how often: writes count, since each is a system call. */
export interface Rendered {
  readonly stdout: string;
  readonly stderr: string;
  readonly writes: number;
}

/** Options of a pipe, where nothing was asked for. */
export const PLAIN: RenderOptions = {
  stdoutIsTerminal: false,
  color: false,
  reasoning: false,
  usage: false,
  quiet: false,
  clean: (text) => oneLine(text, 1000),
};

/** Renders batches of events, and the failure that ends them if there is one. */
export async function renderAll(
  format: Format,
  batches: readonly EventBatch[],
  failure?: MekaError,
): Promise<Rendered> {
  const written = { stdout: "", stderr: "" };
  let writes = 0;
  const write = (to: "stdout" | "stderr", text: string): void => {
    // As the host does: an unpaired half is lost here.
    written[to] += text.toWellFormed();
    writes++;
  };
  try {
    for await (const { to, text } of format.render(play(batches, failure))) {
      write(to, text);
    }
  } catch (error) {
    if (error !== failure || failure === undefined) throw error;
    for (const { to, text } of format.fail(failure)) write(to, text);
  }
  return { ...written, writes };
}

async function* play(
  batches: readonly EventBatch[],
  failure: MekaError | undefined,
): AsyncGenerator<EventBatch, void, undefined> {
  for (const batch of batches) yield await Promise.resolve(batch);
  if (failure !== undefined) throw failure;
}

/** A `text` event. */
export function text(delta: string): StreamEvent {
  return { type: "text", delta };
}

/** A `reasoning` event. */
export function reasoning(delta: string): StreamEvent {
  return { type: "reasoning", delta };
}

/** The last event of a good answer. */
export const FINISH: StreamEvent = {
  type: "finish",
  reason: "stop",
  raw: "completed",
  usage: {
    inputTokens: 12,
    cachedInputTokens: 3,
    outputTokens: 45,
    reasoningTokens: 0,
    totalTokens: 57,
  },
};
