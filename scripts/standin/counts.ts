import type { Counts, RecordedRequest } from "./types.ts";

/** Counts requests by what they asked for. */
export function countRequests(requests: readonly RecordedRequest[]): Counts {
  const at = (server: string, path: string): RecordedRequest[] =>
    requests.filter((request) =>
      request.server === server && request.path === path
    );
  const tokens = at("issuer", "/oauth/token");
  const refreshes =
    tokens.filter(({ body }) =>
      /refresh_token/.test(body) && !/authorization_code/.test(body)
    ).length;
  const counts = {
    authorize: at("issuer", "/oauth/authorize").length,
    exchanges: tokens.length - refreshes,
    refreshes,
    revokes: at("issuer", "/oauth/revoke").length,
    deviceCodes: at("issuer", "/api/accounts/deviceauth/usercode").length,
    devicePolls: at("issuer", "/api/accounts/deviceauth/token").length,
    responses: at("backend", "/backend-api/codex/responses").length,
    models: at("backend", "/backend-api/codex/models").length,
    usage: at("backend", "/backend-api/wham/usage").length,
    elsewhere: requests.filter(({ server }) => server === "elsewhere").length,
  };
  const unknown =
    requests.filter(({ violations }) =>
      violations.some((text) => text.startsWith("no such endpoint"))
    ).length;
  return { ...counts, unknown };
}

/** Adds counts up. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    authorize: a.authorize + b.authorize,
    exchanges: a.exchanges + b.exchanges,
    refreshes: a.refreshes + b.refreshes,
    revokes: a.revokes + b.revokes,
    deviceCodes: a.deviceCodes + b.deviceCodes,
    devicePolls: a.devicePolls + b.devicePolls,
    responses: a.responses + b.responses,
    models: a.models + b.models,
    usage: a.usage + b.usage,
    unknown: a.unknown + b.unknown,
    elsewhere: a.elsewhere + b.elsewhere,
  };
}
