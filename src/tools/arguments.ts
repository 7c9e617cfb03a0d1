import type { ToolArguments } from "./tool.ts";

// The arguments fit the tool's schema when they come here; what is of another type was not given.

/** A text among a call's arguments. */
export function textOf(args: ToolArguments, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
}

/** A number among a call's arguments. */
export function numberOf(
  args: ToolArguments,
  name: string,
): number | undefined {
  const value = args[name];
  return typeof value === "number" ? value : undefined;
}

/** Whether something is asked for in a call's arguments. */
export function isAskedFor(args: ToolArguments, name: string): boolean {
  return args[name] === true;
}

/** The texts in a list among a call's arguments. */
export function textsOf(args: ToolArguments, name: string): readonly string[] {
  const value = args[name];
  return Array.isArray(value)
    ? value.filter((item) => typeof item === "string")
    : [];
}
