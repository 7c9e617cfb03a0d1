import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { CHECK_NETWORK, explainConnect } from "../http/connect_failure.ts";
import { Deadlines } from "../http/deadlines.ts";
import type { Provider, Question } from "../providers/provider.ts";
import type { Credential } from "../message.ts";
import type { ProviderAccess } from "./access.ts";

/** How long an answer may take to begin, and to end, in milliseconds. */
const HEAD_MS = 15_000;
const TOTAL_MS = 30_000;
/** Far above any real answer: a list of models is some 200 KB. */
const LONGEST_BODY = 8 * 1024 * 1024;
/** How much of a failure's body is of use, in characters. */
const FAILURE_LENGTH = 64 * 1024;

/** What a question is asked with. */
export interface QuestionContext {
  readonly host: Host;
  readonly provider: Provider;
  readonly access: Pick<ProviderAccess, "credentials" | "fetch">;
  readonly baseUrl: URL;
  readonly userAgent: string;
}

/** An answer, and what a person should know of the sign-in. */
export interface Answer<T> {
  readonly value: T;
  readonly warnings: readonly string[];
}

/**
 * Asks the service something that is no turn, once, and once more with a refreshed token after a 401.
 *
 * @throws {MekaError} of the kind that fits; "network" when there is no answer in 15 seconds.
 */
export async function askService<T>(
  question: Question<T>,
  context: QuestionContext,
): Promise<Answer<T>> {
  const { host, provider, access: { credentials } } = context;
  // A refresh has limits of its own: one that is cut off may have spent the refresh token.
  const first = await credentials.current(host.interrupt);
  const warnings = [...first.warnings];
  let reply = await send(question, first.credential, context);
  if (reply.status === 401) {
    const next = await credentials.afterUnauthorized(
      first.credential,
      host.interrupt,
    );
    if (next !== undefined) {
      warnings.push(...next.warnings);
      reply = await send(question, next.credential, context);
    }
  }
  const web = reply.headers.get("content-type")?.includes("html") ?? false;
  if (reply.status === 200 && !web) {
    return { value: question.read(reply.body, reply.headers), warnings };
  }
  throw provider.explain({
    ...reply,
    body: reply.body.slice(0, FAILURE_LENGTH),
    receivedAt: host.now(),
    model: undefined,
    models: [],
  });
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

async function send<T>(
  question: Question<T>,
  credential: Credential,
  context: QuestionContext,
): Promise<Reply> {
  const { host, access, baseUrl, userAgent } = context;
  const server = baseUrl.host;
  const limits = { server, headMs: HEAD_MS, totalMs: TOTAL_MS };
  using deadlines = new Deadlines(host, limits);
  const signal = deadlines.begin();
  try {
    const response = await access.fetch(question.encode({
      baseUrl,
      credential,
      userAgent,
      turnState: undefined,
      reduced: false,
      signal,
    }));
    deadlines.headArrived();
    const { status, headers } = response;
    return { status, headers, body: await readText(response) };
  } catch (error) {
    const reason = signal.aborted ? signal.reason : error;
    if (reason instanceof MekaError) throw reason;
    const { why, hint = CHECK_NETWORK } = explainConnect(
      error,
      context.provider.refusedHint?.(baseUrl),
    );
    const words = why === undefined ? "" : `: ${why}`;
    throw new MekaError(
      "network",
      `Cannot ask ${server} for ${question.name}${words}`,
      { hint, cause: error },
    );
  }
}

/** The whole body, which must be one that fits into memory without a thought. */
async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST_BODY) {
      throw new MekaError(
        "network",
        "The service's answer is far longer than any it should give",
        { hint: "Check the base URL" },
      );
    }
  }
  return text + decoder.decode();
}
