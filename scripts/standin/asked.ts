import { objects } from "./history.ts";
import { parseObject } from "./json_object.ts";
import type { AskedRequest, RecordedRequest } from "./types.ts";

/** The requests for an answer whose path ends so, as a test wants to look at them; one conversation's, or all. */
export function askedOf(
  requests: readonly RecordedRequest[],
  path: string,
  session?: string,
): AskedRequest[] {
  return requests.filter((request) =>
    request.path.endsWith(path) &&
    (session === undefined || request.headers.get("session-id") === session)
  ).map((request) => {
    const body = parseObject(request.body) ?? {};
    return {
      request,
      body,
      input: objects(body["input"] ?? body["messages"]),
    };
  });
}
