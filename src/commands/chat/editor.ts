import type { Host } from "../../host.ts";
import type { Chat } from "./command.ts";
import { promptText } from "./greeting.ts";

/** What was done at the prompt line. */
export type Entered = { readonly line: string } | "interrupt" | "end";

/** The prompt line of a chat. */
export interface PromptLine {
  read(initial: string): Promise<Entered>;
}

export function openEditor({ context, choice }: Chat): Promise<PromptLine> {
  return Promise.resolve({
    read: async () => {
      const line = await context.host.prompt(promptText(choice, context));
      return line === undefined ? "end" : { line };
    },
  });
}

export function catchInterrupt(
  host: Host,
): { signal: AbortSignal } & Disposable {
  return { signal: host.interrupt, [Symbol.dispose]: () => {} };
}
