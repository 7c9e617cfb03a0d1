import { isCodexName } from "./authorize.ts";
import { LITE_HEADER } from "./lite_checks.ts";

const USER_AGENT =
  /^meka_cli\/\d+\.\d+\.\d+[^\s]* \([^;()]+ [^;()\s]+; [^;()\s]+\)$/;
const UUID_V7 =
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** First-party bookkeeping: whoever sends it poses as the first-party client. */
const FIRST_PARTY = [
  "x-codex-beta-features",
  "x-codex-window-id",
  "x-codex-turn-metadata",
  "openai-beta",
  "x-openai-fedramp",
  "x-openai-account-routing-override",
];

/** Lists what is wrong with the headers that every request to the backend carries. */
export function identityProblems(headers: Headers): string[] {
  const problems: string[] = [];
  const originator = headers.get("originator");
  if (originator === null || originator === "") problems.push("no originator");
  else if (isCodexName(originator)) {
    problems.push(`originator poses as "${originator}"`);
  }
  const agent = headers.get("user-agent") ?? "";
  if (!USER_AGENT.test(agent)) problems.push(`user-agent is "${agent}"`);
  for (const name of FIRST_PARTY) {
    if (headers.has(name)) problems.push(`first-party header ${name}`);
  }
  return problems;
}

/** Lists what has no place on a request for the list of models or the usage report. */
export function accountProblems(headers: Headers): string[] {
  const problems = ["x-codex-turn-state", LITE_HEADER, "content-type"]
    .filter((name) => headers.has(name))
    .map((name) => `${name} header on a request that is no turn`);
  const accept = headers.get("accept") ?? "*/*";
  if (!/\*\/\*|application\/(?:json|\*)/.test(accept)) {
    problems.push(`accept is "${accept}", the answer is JSON`);
  }
  return problems;
}

/** Lists what is wrong with the further headers of a request for an answer. */
export function responsesProblems(
  headers: Headers,
  promptCacheKey: unknown,
): string[] {
  const problems: string[] = [];
  const accept = headers.get("accept");
  if (accept !== "text/event-stream") {
    problems.push(`accept is ${JSON.stringify(accept)}`);
  }
  const type = headers.get("content-type") ?? "";
  if (!/^application\/json(?:\s*;|$)/i.test(type)) {
    problems.push(`content-type is "${type}"`);
  }
  if (headers.has("content-encoding")) problems.push("content-encoding is set");
  const session = headers.get("session-id") ?? "";
  if (!UUID_V7.test(session)) {
    problems.push(`session-id "${session}" is not a UUIDv7`);
  }
  if (session !== promptCacheKey) {
    problems.push("session-id is not the prompt_cache_key");
  }
  const lite = headers.get(LITE_HEADER) ?? "true";
  if (lite !== "true") problems.push(`${LITE_HEADER} is "${lite}"`);
  for (const name of ["thread-id", "x-client-request-id"]) {
    if (headers.has(name) && headers.get(name) !== session) {
      problems.push(`${name} is not the session-id`);
    }
  }
  return problems;
}
