import { isLoopback } from "../../loopback.ts";
import type { Provider } from "../provider.ts";
import { catalogue } from "./catalogue.ts";
import { decode, decodeWhole } from "./decode.ts";
import { encode } from "./encode.ts";
import { explain } from "./explain.ts";

/** Chat Completions with a key, on OpenAI's or any compatible server. */
export const openaiApi = {
  refuses: { search: "cannot search the web by itself" },
  // A server on a person's own machine may load the model first, and a whole answer comes with its head.
  headMs: 600_000,
  encode,
  readHead: () => ({ events: [], turnState: undefined }),
  redundant: () => false,
  decode,
  decodeWhole,
  explain,
  refusedHint,
  catalogue,
} satisfies Provider;

function refusedHint(baseUrl: URL): string | undefined {
  return isLoopback(baseUrl.hostname)
    ? `Nothing listens at ${baseUrl.host}: is the server running, Ollama for example?`
    : undefined;
}
