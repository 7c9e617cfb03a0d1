import { ACCOUNT_FAILURES } from "./account_replies.ts";
import type { Catalogue } from "./catalogue.ts";
import { bytes } from "./framing.ts";
import { Plan } from "./plan.ts";
import type { Exchange } from "./record.ts";
import { json, type Reply, type Step } from "./scenario.ts";
import type { Grant } from "./tokens.ts";

/**
 * What the list of models can be told to do. `not_modified` answers 304 to an `If-None-Match` that fits, which otherwise
 * is ignored; `huge` is one entry of 64 MiB.
 */
export const MODELS_OUTCOMES = [
  "ok",
  "not_modified",
  "empty",
  "huge",
  "server_error",
  "not_json",
  "challenge",
  "unauthorized",
  "hang",
  "drop",
] as const;

const HUGE_MIB = 64;

/** `GET /backend-api/codex/models` (reference, section 9). */
export class ModelsEndpoint {
  readonly plan: Plan<typeof MODELS_OUTCOMES[number]> = new Plan(
    MODELS_OUTCOMES,
    "ok",
  );
  readonly #catalogue: Catalogue;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** Makes the reply to one request; it is `completed` when the client can use it. */
  reply({ url, record }: Exchange, grant: Grant): Reply {
    const version = url.searchParams.get("client_version");
    if ([...url.searchParams.keys()].join() !== "client_version") {
      record.violations.push(`the query is "${url.search}"`);
    }
    const list = this.#catalogue.list(version);
    if (list === undefined) {
      record.violations.push(`client_version is ${JSON.stringify(version)}`);
      return versionRefusal(version);
    }
    const outcome = this.plan.next();
    const { etag } = this.#catalogue;
    switch (outcome) {
      case "not_modified":
        if (record.headers.get("if-none-match") === etag) {
          return {
            status: 304,
            headers: { etag },
            body: "",
            ends: "completed",
          };
        }
        record.violations.push("if-none-match is not the ETag of the list");
        break;
      case "ok":
        break;
      case "empty":
        return {
          ...json(200, { models: [] }, { etag: 'W/"empty"' }),
          ends: "completed",
        };
      case "huge":
        return {
          headers: { "content-type": "application/json", etag },
          body: huge(),
        };
      default:
        return ACCOUNT_FAILURES[outcome]();
    }
    this.#catalogue.told(grant.id, list);
    return { ...json(200, { models: list }, { etag }), ends: "completed" };
  }
}

function versionRefusal(version: string | null): Reply {
  const loc = ["query", "client_version"];
  const error = version === null
    ? { type: "missing", loc, msg: "Field required" }
    : { type: "value_error", loc, msg: "Invalid client version" };
  return json(400, { detail: [error] });
}

function* huge(): Generator<Step> {
  yield bytes(`{"models":[{"slug":"gpt-5","base_instructions":"`);
  const mebibyte = bytes("x".repeat(1 << 20));
  for (let n = 0; n < HUGE_MIB; n++) yield mebibyte;
  yield bytes(`"}]}`);
}
