/**
 * Writes the generated parts of README.md: `deno task readme [--check]`.
 *
 * A part stands between `<!-- NAME -->` and `<!-- end -->`. With `--check` nothing is written, and the exit status is 1
 * when the file is stale.
 */
import { ENVIRONMENT, EXIT_STATUS, help } from "../src/cli/help.ts";

/** What stands in the README under each name. */
const PARTS: Readonly<Record<string, string>> = {
  "help": block(`$ meka --help\n${help("ask")}`),
  "help setup": block(`$ meka setup --help\n${help("setup")}`),
  "help status": block(`$ meka status --help\n${help("status")}`),
  "help models": block(`$ meka models --help\n${help("models")}`),
  "help logout": block(`$ meka logout --help\n${help("logout")}`),
  "help session": block(`$ meka session --help\n${help("session")}`),
  "help batch": block(`$ meka batch --help\n${help("batch")}`),
  "help tools": block(`$ meka tools --help\n${help("tools")}`),
  "help mcp": block(`$ meka mcp --help\n${help("mcp")}`),
  "exit status": table(["Status", "Meaning"], EXIT_STATUS),
  "environment": table(
    ["Variable", "Meaning"],
    ENVIRONMENT.map(([name, meaning]) => [`\`${name}\``, meaning]),
  ),
};

/**
 * Puts the generated parts into a README.
 *
 * @throws {Error} when a part's place is missing.
 */
export function fillIn(readme: string): string {
  let filled = readme;
  for (const [name, part] of Object.entries(PARTS)) {
    const place = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- end -->)`);
    if (!place.test(filled)) {
      throw new Error(`README.md has no place for "${name}"`);
    }
    filled = filled.replace(
      place,
      (_, start, end) => `${start}\n\n${part}\n\n${end}`,
    );
  }
  return filled;
}

function block(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}

/** A table in the shape that `deno fmt` gives it. */
function table(
  head: readonly [string, string],
  rows: readonly (readonly [string, string])[],
): string {
  const widths = ([0, 1] as const).map((column) =>
    Math.max(...[head, ...rows].map((row) => row[column].length))
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

if (import.meta.main) {
  const readme = await Deno.readTextFile("README.md");
  const filled = fillIn(readme);
  if (!Deno.args.includes("--check")) {
    await Deno.writeTextFile("README.md", filled);
  } else if (filled !== readme) {
    // deno-lint-ignore no-console -- a script's complaint
    console.error("README.md is stale: run `deno task readme`");
    Deno.exit(1);
  }
}
