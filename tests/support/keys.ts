import type { Key } from "../../src/terminal/key_sequences.ts";

/** The keys of a text in which keys with a name stand in angle brackets, as in "abc<left><ctrl-k>". */
export function keysOf(typed: string): readonly Key[] {
  const parts = typed.match(/<[a-z-]+>|[^]/gu) ?? [];
  return parts.map((part) =>
    part.length > 2
      ? { type: "key", name: part.slice(1, -1) }
      : { type: "text", text: part }
  );
}
