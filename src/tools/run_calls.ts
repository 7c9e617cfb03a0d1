import { MekaError } from "../errors.ts";
import { visible } from "../http/redact.ts";
import { validate } from "./json_schema.ts";
import type {
  CallItem,
  CallLimits,
  CallRunner,
  Permission,
  ResultEvent,
  Tool,
  ToolArguments,
  ToolContext,
  ToolResult,
} from "./tool.ts";

/** The most of a result that goes to the model, in characters: tools cut more cleverly, where they can. */
const LONGEST_OUTPUT = 400_000;

/** Asks a person whether a call may run; all of `shows` is what would. */
export type Confirm = (question: {
  readonly tool: string;
  readonly shows: string;
  readonly signal: AbortSignal;
}) => Promise<boolean>;

/** What calls are run with. */
export interface RunnerOptions {
  /** Those there are now. */
  readonly tools: () => readonly Tool[];
  readonly permission: Permission;
  readonly context: Omit<ToolContext, "signal">;
  /** Undefined where nobody can be asked. */
  readonly confirm: Confirm | undefined;
}

/** Makes what runs the calls of a turn, as far as a person permits. */
export function makeRunner(options: RunnerOptions): CallRunner {
  return (calls, limits) => runCalls(calls, limits, options);
}

async function* runCalls(
  calls: readonly CallItem[],
  { signal, leftMs }: CallLimits,
  options: RunnerOptions,
): AsyncGenerator<ResultEvent, void, undefined> {
  const end = leftMs === undefined
    ? signal
    : AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(leftMs))]);
  for (const group of groups(calls, options.tools())) {
    const running = group.map((call) => runCall(call, end, options));
    // One that is interrupted must not leave the others' failures to nobody.
    await Promise.allSettled(running);
    signal.throwIfAborted();
    for (const [at, result] of (await Promise.all(running)).entries()) {
      const call = group[at];
      if (call !== undefined) yield resultEvent(call, result);
    }
  }
}

/** Neighbors that only read are run beside each other; every other call is alone. */
function groups(
  calls: readonly CallItem[],
  tools: readonly Tool[],
): readonly (readonly CallItem[])[] {
  const found: CallItem[][] = [];
  let open: CallItem[] | undefined;
  for (const call of calls) {
    const reads = findTool(call.name, tools)?.level === "read";
    if (reads && open !== undefined) {
      open.push(call);
      continue;
    }
    const group = [call];
    found.push(group);
    open = reads ? group : undefined;
  }
  return found;
}

async function runCall(
  call: CallItem,
  signal: AbortSignal,
  options: RunnerOptions,
): Promise<ToolResult> {
  const tools = options.tools();
  const tool = findTool(call.name, tools);
  if (tool === undefined) {
    const names = tools.map(({ name }) => name).join(", ");
    return failed(`There is no tool "${call.name}"; there are: ${names}`);
  }
  const args = readArguments(call.arguments, tool);
  if ("error" in args) return args;
  const context = { ...options.context, signal };
  try {
    const refusal = await permit(tool, args.given, { ...options, context });
    if (refusal !== undefined) return failed(refusal);
    const result = await tool.run(args.given, context);
    return { ...result, output: cut(result.output) };
  } catch (error) {
    if (signal.aborted) return failed("The call was stopped before it ended");
    if (error instanceof MekaError && error.kind === "interrupted") throw error;
    const why = error instanceof Error ? error.message : "unknown reason";
    return failed(`The call failed: ${why}`);
  }
}

function readArguments(
  json: string,
  tool: Tool,
): { readonly given: ToolArguments } | ToolResult {
  let given: unknown;
  try {
    // A call without parameters may come with nothing.
    given = JSON.parse(json.trim() === "" ? "{}" : json);
  } catch {
    return failed("The arguments are not valid JSON; call again");
  }
  if (!isObject(given)) return failed("The arguments must be a JSON object");
  const misfit = validate(tool.checkedBy ?? tool.parameters, given);
  return misfit === undefined
    ? { given }
    : failed(`The arguments do not fit the tool's schema: ${misfit.message}`);
}

/** Why a call may not run, for the model; undefined when it may. Nothing that the model says counts here. */
async function permit(
  tool: Tool,
  args: ToolArguments,
  { permission, confirm, context }: RunnerOptions & {
    readonly context: ToolContext;
  },
): Promise<string | undefined> {
  if (permission === "write") return undefined;
  if (permission === "none") return "No tool may run";
  if (tool.level === "read") return undefined;
  if (permission === "read") {
    return `"${tool.name}" may not run: only reading is permitted`;
  }
  if (confirm === undefined) {
    return `"${tool.name}" may not run: it needs a person's permission, and nobody can be asked here`;
  }
  const shows = visible(await tool.describe(args, context));
  const { signal } = context;
  return await confirm({ tool: tool.name, shows, signal })
    ? undefined
    : "The person did not permit this call";
}

function findTool(name: string, tools: readonly Tool[]): Tool | undefined {
  return tools.find((tool) => tool.name === name);
}

function resultEvent(
  { id, name }: CallItem,
  { output, images = [], error }: ToolResult,
): ResultEvent {
  const result = { type: "result", id, output, images, error } as const;
  return { type: "tool_result", name, result };
}

function failed(output: string): ToolResult {
  return { output, error: true };
}

function cut(output: string): string {
  return output.length <= LONGEST_OUTPUT
    ? output
    : `${
      output.slice(0, LONGEST_OUTPUT)
    }\n[cut here: ${output.length} characters in all]`;
}

function isObject(value: unknown): value is ToolArguments {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
