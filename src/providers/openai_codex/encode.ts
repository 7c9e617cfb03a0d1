import type { Access, Part, Turn } from "../../message.ts";

/** Who is asking: sent as `originator` and as the product of the `User-Agent`. */
export const ORIGINATOR = "meka_cli";

const PATH = "backend-api/codex/responses";

/** Models that do not reason refuse `reasoning`: these families, and nothing that is not known yet. */
const WITHOUT_REASONING = /^(?:gpt-3|gpt-4|chatgpt-4o)/;

/**
 * Builds the request of one turn (reference 7 and 8): the headers of contract section 6 and a body made from an
 * allow-list, since the endpoint refuses parameters it does not know.
 */
export function encode(turn: Turn, access: Access): Request {
  const headers = new Headers({
    "authorization": `Bearer ${access.credential.accessToken}`,
    "originator": ORIGINATOR,
    "user-agent": access.userAgent,
    "accept": "text/event-stream",
    "content-type": "application/json",
    "session-id": turn.session,
  });
  if (access.credential.accountId !== undefined) {
    headers.set("chatgpt-account-id", access.credential.accountId);
  }
  if (access.credential.fedramp) headers.set("x-openai-fedramp", "true");
  if (access.turnState !== undefined) {
    headers.set("x-codex-turn-state", access.turnState);
  }
  return new Request(endpoint(access.baseUrl), {
    method: "POST",
    headers,
    body: JSON.stringify(body(turn)),
    // A redirect must not carry the credential to another origin.
    redirect: "manual",
    signal: access.signal,
  });
}

function endpoint(baseUrl: URL): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${PATH}`;
  url.search = "";
  url.hash = "";
  return url;
}

function body(turn: Turn): Record<string, unknown> {
  const reasons = !WITHOUT_REASONING.test(turn.model);
  return {
    model: turn.model,
    instructions: turn.instructions,
    input: [{
      type: "message",
      role: "user",
      content: turn.parts.map(contentPart),
    }],
    ...(reasons
      ? { reasoning: { effort: wireEffort(turn.effort), summary: "auto" } }
      : {}),
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: turn.session,
    ...(turn.schema === undefined
      ? {}
      : { text: { format: schemaFormat(turn.schema) } }),
  };
}

function contentPart(part: Part): Record<string, unknown> {
  if (part.type === "text") return { type: "input_text", text: part.text };
  return {
    type: "input_image",
    image_url: `data:${part.mediaType};base64,${part.base64}`,
  };
}

/** "ultra" is a name for people; the service's highest level for it is the catalogue's to say, and else "xhigh". */
function wireEffort(effort: Turn["effort"]): string {
  return effort === "ultra" ? "xhigh" : effort;
}

function schemaFormat(
  schema: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return { type: "json_schema", name: "answer", strict: true, schema };
}
