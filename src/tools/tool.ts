import type { Host } from "../host.ts";
import type { StreamEvent } from "../event.ts";
import type { ImagePart, Item, ToolSpec } from "../message.ts";

/** What the model may do by itself, from nothing to everything; "ask" asks a person before each call that writes or runs. */
export const PERMISSIONS = ["none", "read", "ask", "write"] as const;

/** One of {@linkcode PERMISSIONS}. */
export type Permission = typeof PERMISSIONS[number];

/** What a call does to the machine: "read" only looks, "write" changes or runs something. */
export type ToolLevel = "read" | "write";

/** Something the model can call. */
export interface Tool extends ToolSpec {
  readonly level: ToolLevel;
  /** Where it comes from, for people: "built in", "config", `mcp NAME`. */
  readonly origin: string;
  /** What calls are checked against here, where `parameters` come from others and could keep a check busy without end. */
  readonly checkedBy?: ToolSpec["parameters"];
  /**
   * What a call would do, in full and in a person's words: the path, the diff, the command line. Several lines are
   * welcome. Asked before `run` where a person decides.
   */
  describe(args: ToolArguments, context: ToolContext): Promise<string>;
  /** Does it. A failure that the model can act on is a result with `error`; only an interrupt throws. */
  run(args: ToolArguments, context: ToolContext): Promise<ToolResult>;
}

/** A call's arguments, which fit the tool's schema. */
export type ToolArguments = Readonly<Record<string, unknown>>;

/** What the model is told of a call. */
export interface ToolResult {
  readonly output: string;
  readonly images?: readonly ImagePart[];
  /** The call failed; `output` says why. */
  readonly error: boolean;
}

/** What a call is run with. */
export interface ToolContext {
  readonly host: Host;
  /** Ends the call: Ctrl-C, or the end of the run. */
  readonly signal: AbortSignal;
  /** The real paths of the working folder, first, and of every `--add-dir`. */
  readonly folders: readonly string[];
  /** The real paths of meka's own data and config folders, which no tool may touch. */
  readonly forbidden: readonly string[];
  /** What this run has read, by real path, for tools that change only what was read; the value tells its state then. */
  readonly seen: Map<string, string>;
}

/** A call as the model made it. */
export type CallItem = Item & { readonly type: "call" };

/** What a call brought, and the name of its tool. */
export type ResultEvent = StreamEvent & { readonly type: "tool_result" };

/** What ends the calls of one answer. */
export interface CallLimits {
  /** Ctrl-C: nothing more is run, and the turn ends. */
  readonly signal: AbortSignal;
  /** What is left of the turn's time, in milliseconds; undefined for no limit. */
  readonly leftMs: number | undefined;
}

/**
 * Runs the calls of one answer, those that only read beside each other, and hands out what each brought in the order of
 * the calls. A call that cannot be run brings the reason why.
 */
export type CallRunner = (
  calls: readonly CallItem[],
  limits: CallLimits,
) => AsyncIterable<ResultEvent>;
