/**
 * The floor of a batch: the smallest program that sends as many requests at once and reads their answers whole. The
 * requests are those of meka, but for the cookies; what comes is not looked at.
 *
 * @module
 */
import { openaiCodex } from "../../src/providers/openai_codex/mod.ts";
import { readClaims } from "../../src/auth/wire.ts";

const accessToken = Deno.env.get("OPENAI_CODEX_TOKEN") ?? "";
const baseUrl = new URL(Deno.env.get("MEKA_BASE_URL") ?? "");
const { accountId } = readClaims({ accessToken });
const prompts = (await new Response(Deno.stdin.readable).text())
  .trimEnd().split("\n").values();

async function work(): Promise<void> {
  for (const prompt of prompts) {
    const request = openaiCodex.encode({
      model: "gpt-5",
      known: undefined,
      effort: "high",
      effortChosen: false,
      instructions: "Be brief.",
      items: [{ type: "user", parts: [{ type: "text", text: prompt }] }],
      tools: [],
      search: false,
      schema: undefined,
      whole: false,
      maxTokens: undefined,
      temperature: undefined,
      session: "01a2047b-1496-749b-ae5c-193ba57496e4",
    }, {
      baseUrl,
      credential: { type: "oauth", accessToken, accountId, fedramp: false },
      userAgent: "meka_cli/0.1.0 (bench)",
      turnState: undefined,
      reduced: false,
      signal: AbortSignal.any([]),
    });
    const response = await fetch(request);
    const answer = await response.text();
    if (!response.ok || !answer.includes("response.completed")) Deno.exit(1);
  }
}

await Promise.all(
  Array.from({ length: Number(Deno.args[0]) }, () => work()),
);
Deno.exit(0);
