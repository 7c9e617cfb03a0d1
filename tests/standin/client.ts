// deno-lint-ignore-file camelcase -- names are the server's
import type { Tokens } from "../../scripts/standin/tokens.ts";
import type { Standin } from "../../scripts/standin/types.ts";

/** What a request deviates in from a right one. */
export interface Deviation {
  readonly body?: Record<string, unknown>;
  /** The body as text, instead of JSON. */
  readonly text?: string;
  /** Fields that are left out. */
  readonly without?: readonly string[];
  /** Headers to set, or to leave out with `undefined`. */
  readonly headers?: Record<string, string | undefined>;
  readonly prompt?: string;
  readonly session?: string;
  readonly signal?: AbortSignal;
}

/** The session of requests that name none. */
export const SESSION = "01990000-0000-7000-8000-000000000001";

/** A body that breaks no rule. */
export function rightBody(deviation: Deviation = {}): Record<string, unknown> {
  const body: Record<string, unknown> = {
    model: "gpt-5",
    instructions: "Be brief.",
    input: [user(deviation.prompt ?? "say hi")],
    reasoning: { effort: "high", summary: "auto" },
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: deviation.session ?? SESSION,
    ...deviation.body,
  };
  for (const name of deviation.without ?? []) delete body[name];
  return body;
}

/** A user message of one text part. */
export function user(text: string): Record<string, unknown> {
  return {
    type: "message",
    role: "user",
    content: [{ type: "input_text", text }],
  };
}

/** Posts a request for an answer. */
export function ask(
  standin: Standin,
  tokens: Tokens,
  deviation: Deviation = {},
): Promise<Response> {
  const headers = new Headers({
    ...identity(tokens),
    "accept": "text/event-stream",
    "content-type": "application/json",
    "session-id": deviation.session ?? SESSION,
  });
  for (const [name, value] of Object.entries(deviation.headers ?? {})) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return fetch(new URL("/backend-api/codex/responses", standin.baseUrl), {
    method: "POST",
    redirect: "manual",
    headers,
    body: deviation.text ?? JSON.stringify(rightBody(deviation)),
    ...(deviation.signal === undefined ? {} : { signal: deviation.signal }),
  });
}

/** The headers of every request to the backend. */
export function identity(tokens: Tokens): Record<string, string> {
  return {
    "authorization": `Bearer ${tokens.accessToken}`,
    "chatgpt-account-id": tokens.accountId,
    "originator": "meka_cli",
    "user-agent": "meka_cli/0.1.0 (linux 6.1.0; x86_64)",
  };
}

/** The `Cookie` header that a browser would send after this answer, attributes ignored. */
export function cookiesOf(response: Response): string {
  return response.headers.getSetCookie().filter((line) =>
    !line.startsWith("stray")
  )
    .map((line) => line.split(";", 1)[0]).join("; ");
}

/** The violations of the last request. */
export function lastViolations(standin: Standin): readonly string[] {
  return standin.requests.at(-1)?.violations ?? [];
}
