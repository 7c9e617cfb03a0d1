import { createParser } from "eventsource-parser";
import type { ExpectedCall } from "../../../scripts/standin/chat/scenario.ts";

/** What a stream says to a reader that goes by the book, in the dullest way. */
export interface Read {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly ExpectedCall[];
  /** A reason for the end or [DONE] came. */
  readonly ended: boolean;
  readonly finish: string | undefined;
  readonly usage: unknown;
  readonly failed: boolean;
}

interface OpenCall {
  index: unknown;
  id: string;
  name: string;
  arguments: string;
}

/** Reads a stream of chunks to its last word. */
export function readChat(stream: string): Read {
  const calls: OpenCall[] = [];
  const read = {
    text: "",
    reasoning: "",
    ended: false,
    finish: undefined as string | undefined,
    usage: undefined as unknown,
    failed: false,
  };
  let done = false;
  const parser = createParser({
    onEvent({ data }): void {
      if (done || read.failed || data === "") return;
      if (data.trim() === "[DONE]") {
        done = read.ended = true;
        return;
      }
      let chunk;
      try {
        chunk = JSON.parse(data);
      } catch {
        read.failed = true;
        return;
      }
      if (chunk?.error || chunk?.object === "error") {
        read.failed = true;
        return;
      }
      read.usage = chunk?.usage ?? read.usage;
      const choice = chunk?.choices?.[0];
      const delta = choice?.delta ?? {};
      if (typeof (delta.content ?? "") !== "string") {
        read.failed = true;
        return;
      }
      read.text += delta.content ?? delta.refusal ?? "";
      read.reasoning += delta.reasoning ?? delta.reasoning_content ?? "";
      for (const piece of delta.tool_calls ?? []) addPiece(calls, piece);
      if (choice?.finish_reason) {
        read.ended = true;
        read.finish = choice.finish_reason;
      }
    },
  });
  parser.feed(stream);
  return {
    ...read,
    calls: calls.map(({ id, name, arguments: args }) => ({
      ...(id === "" ? {} : { id }),
      name,
      arguments: args === "" ? "{}" : args,
    })),
  };
}

// deno-lint-ignore no-explicit-any -- read without looking
function addPiece(calls: OpenCall[], piece: any): void {
  const { index, id, function: named } = piece;
  const last = calls.findLast((call) => call.index === index);
  const isNew = last === undefined || id && last.id !== "" && id !== last.id;
  const call = isNew ? { index, id: "", name: "", arguments: "" } : last;
  if (isNew) calls.push(call);
  call.id = id || call.id;
  call.name = named?.name || call.name;
  const args = named?.arguments ?? "";
  call.arguments += typeof args === "string" ? args : JSON.stringify(args);
}
