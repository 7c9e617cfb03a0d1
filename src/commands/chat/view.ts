import { PlainPage } from "../../render/screen.ts";
import { usesColor } from "../../render/uses_color.ts";
import type { CommandContext } from "../context.ts";
import type { View } from "./answer.ts";
import { Waiting } from "./waiting.ts";

/** How the options and the terminal want answers to be shown; what shows Markdown is loaded where it is. */
export async function openView(
  { host, options, clean }: CommandContext,
): Promise<View> {
  const color = usesColor(host);
  const quiet = options.has("quiet");
  const view = {
    stdoutIsTerminal: true,
    color,
    reasoning: options.has("reasoning"),
    usage: options.has("usage"),
    quiet,
    clean,
    waiting: color && !quiet ? new Waiting(host) : undefined,
  };
  if (options.has("plain") || !color) {
    return {
      ...view,
      newPage: () => new PlainPage(),
      instructions: "What you write is shown as it is: do without Markdown.",
    };
  }
  const { MarkdownPage } = await import("../../render/markdown.ts");
  return {
    ...view,
    newPage: () => new MarkdownPage({ columns: host.columns, color }),
    instructions: "What you write is shown as Markdown.",
  };
}
