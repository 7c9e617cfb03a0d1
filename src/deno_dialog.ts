import { confirm, intro, log, outro, select, text } from "@clack/prompts";
import { stderr } from "node:process";
import { MekaError } from "./errors.ts";
import type { Dialog } from "./host.ts";

/** The width of a terminal that does not tell its own. */
const COLUMNS = 80;

/** What sets a color (ECMA-48, section 8.3.117). */
// deno-lint-ignore no-control-regex -- that is how it begins
const COLOR = /\x1b\[[\d;]*m/g;

/** Questions that are drawn on the terminal. */
export function terminalDialog(options: { readonly color: boolean }): Dialog {
  const onScreen = { output: screen(options) } as const;
  return {
    begin: (title) => intro(title, onScreen),
    say: (words) => log.message(words, onScreen),
    select: async (message, { choices, initial }) => {
      const answer = await select<string>({
        ...onScreen,
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
          ...onScreen,
          message,
          ...initial === undefined ? {} : { initialValue: initial },
          validate: (typed) => typed?.trim() ? undefined : "It cannot be empty",
        }),
      ).trim(),
    confirm: async (message) =>
      answered<boolean>(await confirm({ ...onScreen, message })),
    end: (words) => outro(words, onScreen),
  };
}

/** Stderr, since stdout carries answers only. */
function screen({ color }: { readonly color: boolean }): typeof stderr {
  const own: PropertyDescriptorMap = {};
  // A terminal without a window has none, and every letter would get a line of its own.
  if (!(stderr.columns > 0)) own.columns = { value: COLUMNS };
  // Deno 2.6 colors whatever the environment says.
  if (!color) {
    own.write = {
      value: (text: string): boolean => stderr.write(text.replace(COLOR, "")),
    };
  }
  return Object.create(stderr, own);
}

function answered<T extends string | boolean>(answer: T | symbol): T {
  if (typeof answer !== "symbol") return answer;
  throw new MekaError("interrupted", "Interrupted; nothing was changed");
}
