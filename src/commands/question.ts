import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { explainConnect } from "../http/connect_failure.ts";
import { Deadlines } from "../http/deadlines.ts";
import type { Provider, Question } from "../providers/provider.ts";
import type { Credential } from "../message.ts";
import type { ProviderAccess } from "./access.ts";

/** How long such an answer may take, in milliseconds. */
const LIMIT_MS = 15_000;

/** What a question is asked with. */
export interface QuestionContext {
  readonly host: Host;
  readonly provider: Provider;
  readonly access: ProviderAccess;
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
  const { host, access, baseUrl } = context;
  using deadlines = new Deadlines(host, {
    server: baseUrl.host,
    totalMs: LIMIT_MS,
  });
  const first = await access.credentials.current(deadlines.signal);
  const warnings = [...first.warnings];
  let reply = await send(question, first.credential, { ...context, deadlines });
  if (reply.status === 401) {
    const next = await access.credentials.afterUnauthorized(
      first.credential,
      deadlines.signal,
    );
    if (next !== undefined) {
      warnings.push(...next.warnings);
      reply = await send(question, next.credential, { ...context, deadlines });
    }
  }
  const web = reply.headers.get("content-type")?.includes("html") ?? false;
  if (reply.status === 200 && !web) {
    return { value: question.read(reply.body, reply.headers), warnings };
  }
  throw context.provider.explain({
    ...reply,
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
  context: QuestionContext & { readonly deadlines: Deadlines },
): Promise<Reply> {
  const { access, baseUrl, userAgent, deadlines } = context;
  const signal = deadlines.begin();
  try {
    const response = await access.fetch(question.encode({
      baseUrl,
      credential,
      userAgent,
      turnState: undefined,
      signal,
    }));
    const { status, headers } = response;
    return { status, headers, body: await response.text() };
  } catch (error) {
    const reason = signal.aborted ? signal.reason : error;
    if (reason instanceof MekaError) throw reason;
    const { why, hint } = explainConnect(error);
    const words = why === undefined ? "" : `: ${why}`;
    throw new MekaError(
      "network",
      `Cannot ask ${baseUrl.host} for ${question.name}${words}`,
      { hint, cause: error },
    );
  }
}
