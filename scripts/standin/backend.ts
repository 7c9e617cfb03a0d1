import { unauthorized } from "./account_replies.ts";
import type { Catalogue } from "./catalogue.ts";
import { bodyProblems, bodyRefusal } from "./checks.ts";
import { CookieLedger } from "./cookies.ts";
import {
  accountProblems,
  identityProblems,
  responsesProblems,
} from "./header_checks.ts";
import { objects } from "./history.ts";
import { type Body, parseObject } from "./json_object.ts";
import { askedScenario, slowMarker } from "./markers.ts";
import { ModelsEndpoint } from "./models_endpoint.ts";
import { promptOf, readPlay } from "./play.ts";
import { Prompts } from "./prompts.ts";
import type { Exchange } from "./record.ts";
import { invalid } from "./refusals.ts";
import { LITE_HEADER, namespaceProblems } from "./lite_checks.ts";
import { json, type Play, type Reply } from "./scenario.ts";
import { findScenario } from "./scenarios.ts";
import { Seals } from "./seals.ts";
import { send } from "./send.ts";
import { SentItems } from "./sent_items.ts";
import { slowed } from "./slowed.ts";
import { tokensOf } from "./token_count.ts";
import { type Grant, randomText, type Vault } from "./tokens.ts";
import { toResponse } from "./to_response.ts";
import { type OpenTurn, Turns } from "./turns.ts";
import { UsageEndpoint } from "./usage_endpoint.ts";
import { exceeding, isSmall } from "./window.ts";

/** What the backend is built from. */
export interface BackendOptions {
  readonly vault: Vault;
  readonly catalogue: Catalogue;
  readonly now: () => number;
  readonly elsewhere: () => URL;
  /** The name of the next scenario in the queue. */
  readonly nextScenario: () => string;
  /** How many sent items are known when they come back. */
  readonly knownItems: number;
}

/** The stand-in of chatgpt.com. */
export class Backend {
  /** Whether a cookie that does not come back is a violation. */
  expectCookies = true;
  readonly models: ModelsEndpoint;
  readonly usage: UsageEndpoint = new UsageEndpoint();
  readonly prompts: Prompts = new Prompts();
  readonly seals: Seals = new Seals();
  readonly sent: SentItems;
  /** Until then the account's limit is used up, in milliseconds. */
  limitedUntil = 0;
  readonly #options: BackendOptions;
  /** The namespaces of the calls made in lite mode, by call id. */
  readonly #namespaces = new Map<string, string>();
  readonly #cookies = new CookieLedger();
  #turns = new Turns();

  constructor(options: BackendOptions) {
    this.#options = options;
    this.models = new ModelsEndpoint(options.catalogue);
    this.sent = new SentItems(options.knownItems);
  }

  /** Forgets plans, turns, prompts and limits; cookies and items stay, as the clients keep theirs. */
  reset(): void {
    this.#turns = new Turns();
    this.prompts.clear();
    this.limitedUntil = 0;
    this.models.plan.set([]);
    this.usage.plan.set([]);
  }

  /** Answers one request. */
  async answer(exchange: Exchange): Promise<Response> {
    const { record } = exchange;
    const endpoint = `${record.method} ${record.path}`;
    const known = [
      "POST /backend-api/codex/responses",
      "GET /backend-api/codex/models",
      "GET /backend-api/wham/usage",
    ];
    if (!known.includes(endpoint)) {
      record.violations.push(`no such endpoint: ${endpoint}`);
      return toResponse(json(404, { detail: "Not Found" }));
    }
    const grant = this.#authorize(exchange);
    if (!("id" in grant)) return toResponse(grant);
    const usage = endpoint === "GET /backend-api/wham/usage";
    record.violations.push(
      ...identityProblems(record.headers).filter((problem) =>
        !usage || problem !== "no originator"
      ),
      ...this.#cookies.problems(grant.id, record.headers.get("cookie"), {
        now: this.#options.now(),
        expected: this.expectCookies,
      }),
    );
    const { answer, lines } = this.#cookies.issue(
      grant.id,
      this.#options.now(),
    );
    const delivered = (): void => this.#cookies.delivered(grant.id, answer);
    if (endpoint === "POST /backend-api/codex/responses") {
      return await this.#responses(exchange, {
        grant,
        cookies: lines,
        delivered,
      });
    }
    record.violations.push(...accountProblems(record.headers));
    const reply = (usage ? this.usage : this.models).reply(exchange, grant);
    if (reply.ends === "completed") delivered();
    return await send(exchange, reply, { cookies: lines });
  }

  #authorize({ record }: Exchange): Grant | Reply {
    const header = record.headers.get("authorization") ?? "";
    const token = /^Bearer (\S+)$/.exec(header)?.[1];
    if (token === undefined) {
      record.violations.push("no bearer token");
      return json(401, { detail: "Unauthorized" });
    }
    const grant = this.#options.vault.access(token);
    if (grant === "unknown") record.violations.push("unknown access token");
    if (typeof grant === "string") {
      return unauthorized(
        grant === "expired" ? "token_expired" : "token_invalidated",
      );
    }
    const account = record.headers.get("chatgpt-account-id");
    if (account === grant.accountId) return grant;
    record.violations.push(`chatgpt-account-id is ${JSON.stringify(account)}`);
    return json(403, { detail: "Forbidden" });
  }

  async #responses(
    exchange: Exchange,
    { grant, cookies, delivered }: {
      grant: Grant;
      cookies: readonly string[];
      delivered: () => void;
    },
  ): Promise<Response> {
    const { record } = exchange;
    const refuse = (reply: Reply, why: string): Response => {
      record.violations.push(`refused: ${why}`);
      return toResponse(reply, cookies);
    };
    const body = parseObject(record.body);
    if (body === undefined) {
      return refuse(
        json(400, { detail: "Could not parse body as JSON" }),
        "not a JSON object",
      );
    }
    const lite = record.headers.get(LITE_HEADER) === "true";
    record.violations.push(
      ...responsesProblems(record.headers, body["prompt_cache_key"]),
      ...bodyProblems(body, lite),
      ...(lite ? namespaceProblems(body, this.#namespaces) : []),
    );
    const refusal = bodyRefusal(body, {
      lite,
      shape: this.#options.catalogue.shape(grant.id, String(body["model"])),
      sealed: (text) => this.seals.fits(text, grant.accountId),
    }) ?? this.#changed(exchange, body, grant);
    if (refusal !== undefined) {
      return refuse(
        refusal,
        typeof refusal.body === "string" ? refusal.body : "",
      );
    }

    const play = this.#play(exchange, body, grant);
    const { prompt } = play;
    const name = this.#scenarioFor(play);
    const scenario = findScenario(name);
    if (scenario === undefined) {
      return refuse(
        json(400, { detail: `Unknown scenario: ${name}` }),
        "unknown scenario",
      );
    }
    record.scenario = name;
    const reply = slowed(scenario.answer(play), slowMarker(prompt));
    const whole = this.sent.add(reply.items ?? [], grant.accountId);
    const headers = {
      ...(reply.noTurnState ? {} : { "x-codex-turn-state": play.turn.state }),
      "x-models-etag": this.#options.catalogue.etag,
      "x-request-id": `req_${randomText(12)}`,
      ...reply.headers,
    };
    return await send(exchange, { ...reply, headers }, {
      cookies,
      ended: () => {
        if (reply.ends === undefined) return;
        whole();
        play.turn.end(reply.ends);
        this.prompts.answered(prompt);
        delivered();
      },
    });
  }

  /** Compares the items with what was sent, and refuses those that were changed. */
  #changed({ record }: Exchange, body: Body, grant: Grant): Reply | undefined {
    const { changed, problems } = this.sent.check(
      objects(body["input"]),
      grant.accountId,
    );
    record.violations.push(...problems);
    if (changed === undefined) return undefined;
    const at = `input[${changed.at}]`;
    return invalid(at, `${at} is not what was sent: ${changed.what}`);
  }

  /** Opens the turn that a right request belongs to, and gathers what a scenario may want to know. */
  #play(
    exchange: Exchange,
    body: Body,
    grant: Grant,
  ): Play & { readonly turn: OpenTurn } {
    const { record } = exchange;
    const input = objects(body["input"]);
    const session = record.headers.get("session-id") ?? "";
    const turn = this.#turns.open(session, input, {
      echoed: record.headers.get("x-codex-turn-state"),
      request: record,
    });
    record.violations.push(...turn.problems);
    const prompt = promptOf(input);
    record.session = session;
    record.prompt = prompt;
    const { sent } = this.prompts.arrived(prompt, record.n);
    exchange.note();
    const play = readPlay(body, {
      bearer: (record.headers.get("authorization") ?? "").slice(
        "Bearer ".length,
      ),
      plan: grant.plan,
      attempt: turn.attempt,
      round: turn.round,
      sent,
      tokens: isSmall(body["model"])
        ? tokensOf(body["instructions"], input, body["tools"])
        : undefined,
      now: this.#options.now(),
      elsewhere: this.#options.elsewhere(),
      seal: (length) => this.seals.make(grant.accountId, length),
      called: (callId, namespace) => this.#namespaces.set(callId, namespace),
      limit: (until) => {
        if (until !== undefined) {
          this.limitedUntil = Math.max(this.limitedUntil, until);
        }
        return this.limitedUntil > this.#options.now()
          ? this.limitedUntil
          : undefined;
      },
    });
    return { ...play, turn };
  }

  /** A limit and a window come before what the prompt asks for, and that before the queue. */
  #scenarioFor(play: Play): string {
    if (play.limit() !== undefined) return "limited";
    const window = this.#options.catalogue.window(play.model);
    return exceeding(play, window) ??
      askedScenario(play.prompt, play.sent) ??
      this.#options.nextScenario();
  }
}
