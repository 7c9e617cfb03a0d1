// deno-lint-ignore-file camelcase -- names are the server's

/** One event of the Responses stream, before it has a sequence number. */
export type WireEvent = Readonly<{ type: string } & Record<string, unknown>>;

/** What the events of one answer share. */
export interface Frame {
  readonly responseId: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

/** Token counts as the service writes them; `null` for a `usage` that is null. */
export type Usage = Readonly<Record<string, unknown>> | null;

/** The usage of an ordinary answer. */
export const USAGE: Usage = {
  input_tokens: 640,
  input_tokens_details: { cached_tokens: 512, cache_write_tokens: 0 },
  output_tokens: 37,
  output_tokens_details: { reasoning_tokens: 21 },
  total_tokens: 677,
};

/** `response.created` and `response.in_progress`. */
export function opening(frame: Frame): WireEvent[] {
  const response = { ...envelope(frame), status: "in_progress" };
  return [{ type: "response.created", response }, {
    type: "response.in_progress",
    response,
  }];
}

/** The good end; without `usage` the field is absent, and `end_turn` is where it is asked for. */
export function completed(
  frame: Frame,
  options: { usage?: Usage; noUsage?: boolean; endTurn?: boolean } = {},
): WireEvent {
  const usage = options.noUsage
    ? {}
    : { usage: options.usage === undefined ? USAGE : options.usage };
  const end_turn = options.endTurn;
  return {
    type: "response.completed",
    response: {
      ...envelope(frame),
      status: "completed",
      ...usage,
      ...(end_turn === undefined ? {} : { end_turn }),
    },
  };
}

/** The end of an answer that stopped early. */
export function incomplete(frame: Frame, reason: string): WireEvent {
  const incomplete_details = { reason };
  return {
    type: "response.incomplete",
    response: {
      ...envelope(frame),
      status: "incomplete",
      incomplete_details,
      usage: USAGE,
    },
  };
}

/** The end of an answer that failed. */
export function failed(
  frame: Frame,
  error: Readonly<Record<string, unknown>> | null,
): WireEvent {
  return {
    type: "response.failed",
    response: { ...envelope(frame), status: "failed", error, usage: null },
  };
}

/** Where an item stands in the answer. */
export interface Place {
  readonly index?: number;
  readonly phase?: string;
}

/** The start of a message, up to its first delta. */
export function messageOpening(
  place: Place = {},
  part = textPart(""),
): WireEvent[] {
  const { output_index, item_id } = at("msg", place);
  const item = message(item_id, "in_progress", [], place);
  return [
    { type: "response.output_item.added", output_index, item },
    {
      type: "response.content_part.added",
      content_index: 0,
      item_id,
      output_index,
      part,
    },
  ];
}

/** The deltas of a message. */
export function textDeltas(
  deltas: readonly string[],
  place: Place = {},
): WireEvent[] {
  const { output_index, item_id } = at("msg", place);
  return deltas.map((delta, n) => ({
    type: "response.output_text.delta",
    content_index: 0,
    delta,
    item_id,
    logprobs: [],
    obfuscation: "kX3vQz8LmN2pR7tY".slice(n % 16),
    output_index,
  }));
}

/** The end of a message: the service repeats the whole text three times. */
export function messageClosing(text: string, place: Place = {}): WireEvent[] {
  const { output_index, item_id } = at("msg", place);
  const part = textPart(text);
  return [
    {
      type: "response.output_text.done",
      content_index: 0,
      item_id,
      logprobs: [],
      output_index,
      text,
    },
    {
      type: "response.content_part.done",
      content_index: 0,
      item_id,
      output_index,
      part,
    },
    {
      type: "response.output_item.done",
      item: message(item_id, "completed", [part], place),
      output_index,
    },
  ];
}

/** A whole message with its deltas. */
export function messageEvents(
  deltas: readonly string[],
  place: Place = {},
): WireEvent[] {
  return [
    ...messageOpening(place),
    ...textDeltas(deltas, place),
    ...messageClosing(deltas.join(""), place),
  ];
}

/** A message that is a refusal. */
export function refusalEvents(
  deltas: readonly string[],
  place: Place = {},
): WireEvent[] {
  const { output_index, item_id } = at("msg", place);
  const refusal = deltas.join("");
  const common = { content_index: 0, item_id, output_index };
  const part = { type: "refusal", refusal };
  return [
    ...messageOpening(place, { type: "refusal", refusal: "" }),
    ...deltas.map((delta) => ({
      type: "response.refusal.delta",
      ...common,
      delta,
    })),
    { type: "response.refusal.done", ...common, refusal },
    { type: "response.content_part.done", ...common, part },
    {
      type: "response.output_item.done",
      item: message(item_id, "completed", [part], place),
      output_index,
    },
  ];
}

/** Reasoning as hosted models show it: summary parts and a ciphertext. */
export function reasoningEvents(
  parts: readonly string[][],
  sealed: string,
  place: Place = {},
): WireEvent[] {
  const { output_index, item_id } = at("rs", place);
  const summary = parts.map((deltas) => ({
    type: "summary_text",
    text: deltas.join(""),
  }));
  const item = { id: item_id, type: "reasoning", summary: [] };
  return [
    {
      type: "response.output_item.added",
      output_index,
      item: { ...item, encrypted_content: sealed },
    },
    ...parts.flatMap((deltas, summary_index) => {
      const common = { item_id, output_index, summary_index };
      const part = summary[summary_index];
      return [
        {
          type: "response.reasoning_summary_part.added",
          ...common,
          part: { type: "summary_text", text: "" },
        },
        ...deltas.map((delta) => ({
          type: "response.reasoning_summary_text.delta",
          ...common,
          delta,
        })),
        {
          type: "response.reasoning_summary_text.done",
          ...common,
          text: part?.text,
        },
        { type: "response.reasoning_summary_part.done", ...common, part },
      ];
    }),
    {
      type: "response.output_item.done",
      output_index,
      item: { ...item, summary, encrypted_content: sealed },
    },
  ];
}

/** Raw reasoning text, as servers of open-weight models send it. */
export function reasoningTextEvents(
  deltas: readonly string[],
  place: Place = {},
): WireEvent[] {
  const { output_index, item_id } = at("rs", place);
  const common = { content_index: 0, item_id, output_index };
  const text = deltas.join("");
  const item = { id: item_id, type: "reasoning", summary: [] };
  return [
    {
      type: "response.output_item.added",
      output_index,
      item: { ...item, content: [] },
    },
    ...deltas.map((delta) => ({
      type: "response.reasoning_text.delta",
      ...common,
      delta,
    })),
    { type: "response.reasoning_text.done", ...common, text },
    {
      type: "response.output_item.done",
      output_index,
      item: { ...item, content: [{ type: "reasoning_text", text }] },
    },
  ];
}

/** A call of one of the client's tools. */
export function functionCallEvents(
  call: {
    name: string;
    callId: string;
    pieces: readonly string[];
    namespace?: string | undefined;
  },
  place: Place = {},
): WireEvent[] {
  const { output_index, item_id } = at("fc", place);
  const args = call.pieces.join("");
  const item = {
    id: item_id,
    type: "function_call",
    call_id: call.callId,
    name: call.name,
    ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
  };
  return [
    {
      type: "response.output_item.added",
      output_index,
      item: { ...item, status: "in_progress", arguments: "" },
    },
    ...call.pieces.map((delta) => ({
      type: "response.function_call_arguments.delta",
      item_id,
      output_index,
      delta,
    })),
    {
      type: "response.function_call_arguments.done",
      item_id,
      output_index,
      arguments: args,
    },
    {
      type: "response.output_item.done",
      output_index,
      item: { ...item, status: "completed", arguments: args },
    },
  ];
}

/** Gives events their `sequence_number`s. */
export function numbered(events: Iterable<WireEvent>, first = 0): WireEvent[] {
  return Array.from(
    events,
    (event, n) => ({ ...event, sequence_number: first + n }),
  );
}

/** Cuts a text into deltas about as long as the service's own. */
export function pieces(text: string): string[] {
  if (text.length > 20_000) return text.match(/[^]{1,4096}/gu) ?? [];
  return text.match(/\s*\S+|\s+$/gu) ?? [];
}

function envelope(frame: Frame): Record<string, unknown> {
  return {
    id: frame.responseId,
    object: "response",
    created_at: frame.createdAt,
    background: false,
    error: null,
    incomplete_details: null,
    max_output_tokens: null,
    model: frame.model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    service_tier: "default",
    store: false,
    usage: null,
    metadata: {},
  };
}

function at(
  prefix: string,
  place: Place,
): { output_index: number; item_id: string } {
  const output_index = place.index ?? 0;
  return {
    output_index,
    item_id: `${prefix}_standin${String(output_index).padStart(40, "0")}`,
  };
}

function textPart(text: string): Record<string, unknown> {
  return { type: "output_text", annotations: [], logprobs: [], text };
}

function message(
  id: string,
  status: string,
  content: unknown[],
  place: Place,
): Record<string, unknown> {
  const phase = place.phase === undefined ? {} : { phase: place.phase };
  return { id, type: "message", status, content, ...phase, role: "assistant" };
}
