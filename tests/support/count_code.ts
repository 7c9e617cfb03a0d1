/** Counts the functions that are made of text while a server of MCP is opened and called, and prints the number. */
import { handServer, openMcp } from "./open_mcp.ts";

let made = 0;
// Before anything else of it is loaded: what is under test comes with the first server.
globalThis.Function = new Proxy(Function, {
  construct: (target, words) => {
    made++;
    return Reflect.construct(target, words);
  },
  apply: (target, self, words) => {
    made++;
    return Reflect.apply(target, self, words);
  },
});

if (import.meta.main) {
  await using opened = await openMcp([handServer("fine")]);
  await opened.call("mcp__s__echo", { text: "hi" });
  // deno-lint-ignore no-console -- what the test reads
  console.log(made);
}
