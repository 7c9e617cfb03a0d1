import { bodyProblems, bodyRefusal } from "./checks.ts";
import { CookieLedger } from "./cookies.ts";
import { identityProblems, responsesProblems } from "./header_checks.ts";
import { parseObject } from "./json_object.ts";
import { usageReport } from "./limits.ts";
import { catalogue } from "./models.ts";
import { readPlay } from "./play.ts";
import { type Exchange, silence } from "./record.ts";
import { json, type Reply } from "./scenario.ts";
import { askedScenario, findScenario } from "./scenarios.ts";
import { promisesMore, stepStream } from "./step_stream.ts";
import { type Grant, randomText, type Vault } from "./tokens.ts";
import { toResponse } from "./to_response.ts";
import { Turns } from "./turns.ts";

/** What the backend is built from. */
export interface BackendOptions {
  readonly vault: Vault;
  readonly now: () => number;
  readonly elsewhere: () => URL;
  /** The name of the next scenario in the queue. */
  readonly nextScenario: () => string;
}

/** The stand-in of chatgpt.com. */
export class Backend {
  /** Whether a cookie that does not come back is a violation. */
  expectCookies = true;
  readonly #options: BackendOptions;
  readonly #seals = new Map<string, string>();
  readonly #cookies = new CookieLedger();
  #turns = new Turns();

  constructor(options: BackendOptions) {
    this.#options = options;
  }

  /** Forgets turns; cookies stay, as the clients keep theirs. */
  reset(): void {
    this.#turns = new Turns();
  }

  /** Answers one request. */
  async answer(exchange: Exchange): Promise<Response> {
    const { record, url } = exchange;
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
    const reply = usage
      ? json(200, usageReport({ plan: grant.plan, now: this.#options.now() }))
      : models(url.searchParams.get("client_version"));
    if ((reply.status ?? 200) === 200) delivered();
    else {record.violations.push(
        `client_version is ${
          JSON.stringify(url.searchParams.get("client_version"))
        }`,
      );}
    return toResponse(reply, lines);
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
      const code = grant === "expired" ? "token_expired" : "token_invalidated";
      const message = grant === "expired"
        ? "Provided authentication token is expired. Please try signing in again."
        : "Your authentication token has been invalidated. Please try signing in again.";
      return json(401, {
        error: { message, type: "invalid_request_error", param: null, code },
      }, {
        "x-openai-authorization-error": code,
      });
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
    const lite =
      record.headers.get("x-openai-internal-codex-responses-lite") === "true";
    record.violations.push(
      ...responsesProblems(record.headers, body["prompt_cache_key"]),
      ...bodyProblems(body, lite),
    );
    const refusal = bodyRefusal(body, {
      lite,
      sealed: (text) => this.#seals.get(text) === grant.accountId,
    });
    if (refusal !== undefined) {
      return refuse(
        refusal,
        typeof refusal.body === "string" ? refusal.body : "",
      );
    }

    const session = record.headers.get("session-id") ?? "";
    const turn = this.#turns.open(
      session,
      body["input"],
      record.headers.get("x-codex-turn-state"),
    );
    record.violations.push(...turn.problems);
    const play = readPlay(body, {
      bearer: (record.headers.get("authorization") ?? "").slice(
        "Bearer ".length,
      ),
      plan: grant.plan,
      attempt: turn.attempt,
      now: this.#options.now(),
      elsewhere: this.#options.elsewhere(),
      seal: () => {
        const ciphertext = `gAAAAAB${randomText(180)}`;
        this.#seals.set(ciphertext, grant.accountId);
        return ciphertext;
      },
    });
    const name = askedScenario(play.prompt) ?? this.#options.nextScenario();
    const scenario = findScenario(name);
    if (scenario === undefined) {
      return refuse(
        json(400, { detail: `Unknown scenario: ${name}` }),
        "unknown scenario",
      );
    }
    record.scenario = name;
    const reply = scenario.answer(play);
    if (reply.silent) return await silence(exchange);
    const headers = {
      "x-codex-turn-state": turn.state,
      "x-request-id": `req_${randomText(12)}`,
      ...reply.headers,
    };
    if (typeof reply.body === "string") {
      return toResponse({ ...reply, headers }, cookies);
    }
    exchange.stream();
    const stream = stepStream(reply.body, exchange.gone, {
      ended: () => {
        if (reply.ends !== undefined) {
          turn.end(reply.ends);
          delivered();
        }
      },
      closed: () => exchange.finish(),
      left: () => exchange.leave(),
    });
    const type = {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
    };
    return toResponse(
      {
        status: reply.status ?? 200,
        headers: {
          ...type,
          ...(promisesMore(reply.body)
            ? { "content-length": "1000000000" }
            : {}),
          ...headers,
        },
        body: "",
      },
      cookies,
      stream,
    );
  }
}

function models(clientVersion: string | null): Reply {
  const list = catalogue(clientVersion);
  if (list === undefined) {
    const loc = ["query", "client_version"];
    const error = clientVersion === null
      ? { type: "missing", loc, msg: "Field required" }
      : { type: "value_error", loc, msg: "Invalid client version" };
    return json(400, { detail: [error] });
  }
  return json(200, { models: list }, { etag: `W/"standin-${list.length}"` });
}
