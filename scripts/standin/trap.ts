import type { Exchange } from "./record.ts";

/** The origin that a redirect points to: whoever comes here followed it. */
export function trap({ record }: Exchange): Response {
  record.violations.push("a redirect was followed");
  if (record.headers.has("authorization")) {
    record.violations.push("the bearer token went to another origin");
  }
  return new Response("nobody should be here", { status: 418 });
}
