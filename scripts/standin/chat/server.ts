import { parseObject } from "../json_object.ts";
import { Plan } from "../plan.ts";
import { type Exchange, silence } from "../record.ts";
import { json, type Reply } from "../scenario.ts";
import { askedScenario } from "../scenarios.ts";
import { send } from "../send.ts";
import { bodyProblem, unknownFields } from "./body_checks.ts";
import { failed } from "./errors.ts";
import {
  commonProblems,
  completionProblems,
  listProblems,
} from "./header_checks.ts";
import { CHAT_MODELS_OUTCOMES, modelsReply } from "./models_endpoint.ts";
import { readChatPlay } from "./play.ts";
import type { Profile } from "./profile.ts";
import { findChatScenario } from "./scenarios.ts";
import { Conversations } from "./conversations.ts";

/** What the server is built from. */
export interface ChatServerOptions {
  readonly profile: Profile;
  readonly key: string | undefined;
  readonly now: () => number;
  readonly elsewhere: () => URL;
  /** The name of the next scenario in the queue. */
  readonly nextScenario: () => string;
}

/** The stand-in of one Chat Completions server. */
export class ChatServer {
  readonly models: Plan<string> = new Plan(
    Object.keys(CHAT_MODELS_OUTCOMES),
    "list",
  );
  readonly #options: ChatServerOptions;
  #conversations = new Conversations();

  constructor(options: ChatServerOptions) {
    this.#options = options;
  }

  /** Forgets plans and conversations. */
  reset(): void {
    this.models.set([]);
    this.#conversations = new Conversations();
  }

  /** Answers one request. */
  async answer(exchange: Exchange): Promise<Response> {
    const { record } = exchange;
    const { profile } = this.#options;
    record.violations.push(...commonProblems(record.headers, record.search));
    const endpoint = endpointOf(profile, record);
    if (endpoint === undefined) {
      record.violations.push(
        `no such endpoint: ${record.method} ${record.path}`,
      );
      return await this.#send(
        exchange,
        profile.noSuchPath(record.method, record.path),
      );
    }
    const refusal = this.#unauthorized(exchange);
    if (refusal !== undefined) return await this.#send(exchange, refusal);
    if (endpoint === "models") {
      record.violations.push(...listProblems(record.headers, record.body));
      const outcome = modelsReply(this.models.next(), profile);
      return await this.#send(exchange, outcome);
    }
    return await this.#completions(exchange);
  }

  #unauthorized({ record }: Exchange): Reply | undefined {
    const { key, profile } = this.#options;
    const header = record.headers.get("authorization");
    const given = keyOf(header);
    if (header !== null && given === undefined) {
      record.violations.push("authorization is no bearer key");
    }
    if (key === undefined) {
      if (header !== null) {
        record.violations.push("a key, where none is configured");
      }
      return undefined;
    }
    return given === key ? undefined : profile.unauthorized(given);
  }

  async #completions(exchange: Exchange): Promise<Response> {
    const { record } = exchange;
    const { profile, now, elsewhere, nextScenario } = this.#options;
    const refuse = (message: string, param?: string): Promise<Response> => {
      record.violations.push(`refused: ${message}`);
      const failure = { status: 400, message, param: param ?? null };
      return this.#send(exchange, failed(profile, failure));
    };
    const body = parseObject(record.body);
    if (body === undefined) return await refuse("the body is no JSON object");
    const stream = body["stream"] === true;
    record.violations.push(...completionProblems(record.headers, stream));
    const [unknown] = unknownFields(body);
    if (unknown !== undefined) {
      record.violations.push(`unknown field: ${unknown}`);
      const refusal = profile.unknownField?.(unknown);
      if (refusal !== undefined) return await this.#send(exchange, refusal);
    }
    const problem = bodyProblem(body);
    if (problem !== undefined) {
      return await refuse(problem.message, problem.param);
    }
    const own = ownRefusal(profile, body);
    if (own !== undefined) return await this.#send(exchange, own);

    const conversation = this.#conversations.open(body);
    const play = readChatPlay(body, {
      profile,
      key: keyOf(record.headers.get("authorization")),
      attempt: conversation.attempt,
      now: now(),
      elsewhere: elsewhere(),
      complain: (violation) => record.violations.push(violation),
    });
    const name = askedScenario(play.prompt) ?? nextScenario();
    const scenario = findChatScenario(name);
    if (scenario === undefined) return await refuse(`no scenario ${name}`);
    record.scenario = name;
    const reply = scenario.answer(play);
    return await this.#send(exchange, reply, () => {
      if (reply.ends !== undefined) conversation.end();
    });
  }

  async #send(
    exchange: Exchange,
    reply: Reply,
    ended: () => void = () => {},
  ): Promise<Response> {
    if (reply.silent) return await silence(exchange);
    const headers = { ...this.#options.profile.headers, ...reply.headers };
    const dressed = { ...reply, headers, bare: true };
    if (typeof reply.body === "string") ended();
    return await send(exchange, dressed, { cookies: [], ended });
  }
}

type Endpoint = "completions" | "models";

function endpointOf(
  profile: Profile,
  { method, path }: { readonly method: string; readonly path: string },
): Endpoint | undefined {
  for (const base of [profile.base, ...profile.alsoAt]) {
    if (method === "POST" && path === `${base}/chat/completions`) {
      return "completions";
    }
    if (method === "GET" && path === `${base}/models`) return "models";
  }
  return undefined;
}

function keyOf(header: string | null): string | undefined {
  return /^Bearer (\S+)$/.exec(header ?? "")?.[1];
}

/** What the family refuses of a right body: no violation, as a person may ask for it. */
function ownRefusal(
  profile: Profile,
  body: Readonly<Record<string, unknown>>,
): Reply | undefined {
  const model = String(body["model"]);
  const name = profile.fullName?.(model) ?? model;
  if (
    profile.unknownModel !== undefined &&
    profile.models.every(({ id }) => id !== name)
  ) return profile.unknownModel(model);
  const failure = profile.refuses?.(body);
  if (failure === undefined) return undefined;
  return json(failure.status, profile.errorBody(failure));
}
