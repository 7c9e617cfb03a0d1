import { objects } from "../history.ts";
import { type Body, parseObject } from "../json_object.ts";
import { askedScenario, slowMarker } from "../markers.ts";
import { Plan } from "../plan.ts";
import { Prompts } from "../prompts.ts";
import { type Exchange, silence } from "../record.ts";
import { json, type Reply } from "../scenario.ts";
import { send } from "../send.ts";
import { slowed } from "../slowed.ts";
import { tokensOf } from "../token_count.ts";
import { bodyProblem, unknownFields } from "./body_checks.ts";
import { failed } from "./errors.ts";
import {
  commonProblems,
  completionProblems,
  listProblems,
} from "./header_checks.ts";
import { CHAT_MODELS_OUTCOMES, modelsReply } from "./models_endpoint.ts";
import { chatPrompt, readChatPlay } from "./play.ts";
import type { Profile } from "./profile.ts";
import type { ChatPlay } from "./scenario.ts";
import { findChatScenario } from "./scenarios.ts";
import { Conversations } from "./conversations.ts";
import { Told } from "./told.ts";

/** What the server is built from. */
export interface ChatServerOptions {
  readonly profile: Profile;
  readonly key: string | undefined;
  readonly now: () => number;
  readonly elsewhere: () => URL;
  /** The name of the next scenario in the queue. */
  readonly nextScenario: () => string;
  /** The tokens there is room for; requests are not counted where there is no end of it. */
  readonly contextWindow: number;
  /** How many answers are known when they come back. */
  readonly knownAnswers: number;
}

/** The stand-in of one Chat Completions server. */
export class ChatServer {
  readonly models: Plan<string> = new Plan(
    Object.keys(CHAT_MODELS_OUTCOMES),
    "list",
  );
  readonly prompts: Prompts = new Prompts();
  /** Until then the limit is used up, in milliseconds. */
  limitedUntil = 0;
  readonly #options: ChatServerOptions;
  readonly #told: Told;
  #conversations = new Conversations();

  constructor(options: ChatServerOptions) {
    this.#options = options;
    this.#told = new Told(options.knownAnswers);
  }

  /** Forgets plans, prompts, limits and how often conversations were sent; answers stay known, as the clients keep theirs. */
  reset(): void {
    this.models.set([]);
    this.prompts.clear();
    this.limitedUntil = 0;
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
      const outcome = modelsReply(
        this.models.next(),
        profile,
        this.#options.contextWindow,
      );
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
    const { profile } = this.#options;
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

    const messages = objects(body["messages"]);
    const changed = this.#told.check(messages);
    if (changed !== undefined) {
      const at = `messages[${changed.at}]`;
      return await refuse(`${at} is not what was said: ${changed.what}`, at);
    }

    const conversation = this.#conversations.open(body);
    const play = this.#play(exchange, body, conversation.attempt);
    const { prompt } = play;
    const name = this.#scenarioFor(play);
    const scenario = findChatScenario(name);
    if (scenario === undefined) return await refuse(`no scenario ${name}`);
    record.scenario = name;
    const reply = slowed(scenario.answer(play), slowMarker(prompt));
    const [said] = reply.items ?? [];
    const whole = said && this.#told.add(messages, said);
    return await this.#send(exchange, reply, () => {
      if (reply.ends === undefined) return;
      whole?.();
      conversation.end();
      this.prompts.answered(prompt);
    });
  }

  /** Gathers what a scenario may want to know of a right request. */
  #play(exchange: Exchange, body: Body, attempt: number): ChatPlay {
    const { record } = exchange;
    const { profile, now, elsewhere, contextWindow } = this.#options;
    record.prompt = chatPrompt(body);
    const { sent } = this.prompts.arrived(record.prompt, record.n);
    exchange.note();
    return readChatPlay(body, {
      profile,
      key: keyOf(record.headers.get("authorization")),
      attempt,
      sent,
      tokens: contextWindow === Infinity
        ? undefined
        : tokensOf(body["messages"], body["tools"]),
      window: contextWindow,
      now: now(),
      elsewhere: elsewhere(),
      complain: (violation) => record.violations.push(violation),
      limit: (until) => {
        if (until !== undefined) {
          this.limitedUntil = Math.max(this.limitedUntil, until);
        }
        return this.limitedUntil > now() ? this.limitedUntil : undefined;
      },
    });
  }

  /** A limit and a window come before what the prompt asks for, and that before the queue. */
  #scenarioFor(play: ChatPlay): string {
    if (play.limit() !== undefined) return "limited";
    if ((play.tokens ?? 0) > this.#options.contextWindow) return "too_long";
    return askedScenario(play.prompt, play.sent) ??
      this.#options.nextScenario();
  }

  async #send(
    exchange: Exchange,
    reply: Reply,
    ended: () => void = () => {},
  ): Promise<Response> {
    if (reply.silent) return await silence(exchange);
    const headers = { ...this.#options.profile.headers, ...reply.headers };
    const dressed = { ...reply, headers, bare: true };
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
