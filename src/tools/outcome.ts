import { Refusal } from "../host.ts";
import type { ToolResult } from "./tool.ts";

/** A result that is no failure. */
export function told(
  output: string,
  extra: Pick<ToolResult, "images"> = {},
): ToolResult {
  return { output, ...extra, error: false };
}

/** A failure that the model can act on. */
export function failed(output: string): ToolResult {
  return { output, error: true };
}

/** What some work brings; where it is refused, the refusal says what was attempted. */
export async function attempting<T>(
  what: string,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(`Cannot ${what}: ${error.message}`);
  }
}

/** What a call brings: a refusal is a result, too. */
export async function outcome(
  work: () => Promise<ToolResult>,
): Promise<ToolResult> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) return failed(error.message);
    throw error;
  }
}
