import { confirm, intro, log, outro, select, text } from "@clack/prompts";
import { stderr } from "node:process";
import { MekaError } from "./errors.ts";
import type { Dialog } from "./host.ts";

/** Draws the questions on stderr, since stdout carries answers only. */
const OUTPUT = { output: stderr } as const;

/** The width of a terminal that does not tell its own. */
const COLUMNS = 80;

/** Questions that are drawn on the terminal. */
export function terminalDialog(): Dialog {
  // A terminal without a window has none, and every letter would get a line of its own.
  if (!(stderr.columns > 0)) {
    Object.defineProperty(stderr, "columns", { value: COLUMNS });
  }
  return {
    begin: (title) => intro(title, OUTPUT),
    say: (words) => log.message(words, OUTPUT),
    select: async (message, { choices, initial }) => {
      const answer = await select<string>({
        ...OUTPUT,
        message,
        options: choices.map(({ value, label, hint }) => ({
          value,
          label,
          ...hint === undefined ? {} : { hint },
        })),
        ...initial === undefined ? {} : { initialValue: initial },
        maxItems: 12,
      });
      const value = answered<string>(answer);
      const chosen = choices.find((choice) => choice.value === value);
      if (chosen === undefined) throw new Error("an answer nobody offered");
      return chosen.value;
    },
    text: async (message, { initial }) =>
      answered<string>(
        await text({
          ...OUTPUT,
          message,
          ...initial === undefined ? {} : { initialValue: initial },
          validate: (typed) => typed?.trim() ? undefined : "It cannot be empty",
        }),
      ).trim(),
    confirm: async (message) =>
      answered<boolean>(await confirm({ ...OUTPUT, message })),
    end: (words) => outro(words, OUTPUT),
  };
}

function answered<T extends string | boolean>(answer: T | symbol): T {
  if (typeof answer !== "symbol") return answer;
  throw new MekaError("interrupted", "Interrupted; nothing was changed");
}
