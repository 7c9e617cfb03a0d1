/** What only the ChatGPT service is told, and who asks; no other server is to learn of it. */
const FOREIGN =
  /^(?:originator|chatgpt-account-id|session-id|thread-id|conversation-id|x-client-request-id|version|openai-beta|(?:x-codex|x-openai)-.*)$/;
/** Other places that keys are put in. */
const KEYS = ["api-key", "x-api-key", "proxy-authorization"];

/** Lists what is wrong with the headers that every request carries. */
export function commonProblems(headers: Headers, search: string): string[] {
  const problems: string[] = [];
  if (headers.has("cookie")) problems.push("a cookie");
  for (const name of headers.keys()) {
    if (FOREIGN.test(name)) problems.push(`${name} is for another service`);
  }
  for (const name of KEYS) {
    if (headers.has(name)) problems.push(`a key in ${name}`);
  }
  if (headers.has("content-encoding")) problems.push("content-encoding is set");
  const agent = headers.get("user-agent") ?? "";
  if (agent === "" || /codex|mozilla/i.test(agent)) {
    problems.push(`user-agent is "${agent}"`);
  }
  if (search !== "") problems.push("a query");
  return problems;
}

/** Lists what is wrong with the further headers of a request for an answer. */
export function completionProblems(
  headers: Headers,
  stream: boolean,
): string[] {
  const problems: string[] = [];
  const type = headers.get("content-type") ?? "";
  if (!/^application\/json(?:\s*;|$)/i.test(type)) {
    problems.push(`content-type is "${type}"`);
  }
  const accept = headers.get("accept") ?? "*/*";
  // OpenAI's own client asks for JSON even where it wants a stream.
  const fine = stream
    ? /\*\/\*|text\/(?:event-stream|\*)|application\/json/
    : /\*\/\*|application\/(?:json|\*)/;
  if (!fine.test(accept)) problems.push(`accept is "${accept}"`);
  return problems;
}

/** Lists what is wrong with the further headers of a request for the models. */
export function listProblems(headers: Headers, body: string): string[] {
  const problems: string[] = [];
  if (headers.has("content-type")) problems.push("content-type on a GET");
  if (body !== "") problems.push("a body on a GET");
  const accept = headers.get("accept") ?? "*/*";
  if (!/\*\/\*|application\/(?:json|\*)/.test(accept)) {
    problems.push(`accept is "${accept}", the answer is JSON`);
  }
  return problems;
}
