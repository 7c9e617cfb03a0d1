import type { PromptCount } from "./prompts.ts";
import type { Standin } from "./types.ts";

/** What can be asked of a stand-in from another process. */
export interface Controlled extends
  Pick<
    Standin,
    "violations" | "prompts" | "load" | "play" | "reset" | "limitUntil"
  > {
  counts(): object;
  grant?: Standin["grant"];
}

/** What `GET /report` tells. */
export interface Report {
  readonly counts: object;
  readonly load: { readonly now: number; readonly most: number };
  readonly violations: readonly string[];
  /** Of all prompts: how many there are, how often they were sent and answered, and how often the one most sent. */
  readonly prompts: {
    readonly distinct: number;
    readonly sent: number;
    readonly answered: number;
    readonly most: number;
  };
  /** Bytes of memory of the stand-in's process. */
  readonly rss: number;
}

/**
 * Lets another process look at a stand-in and steer it: `GET /report`, `GET /prompts`, `POST /play?name=A&name=B`,
 * `POST /limit?until=MS`, `POST /grant` for tokens, `POST /reset`.
 */
export function serveControl(
  standin: Controlled,
  port: number,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    (request) => answer(standin, request),
  );
}

function answer(standin: Controlled, request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  switch (`${request.method} ${pathname}`) {
    case "GET /report":
      return Response.json(reportOf(standin));
    case "GET /prompts":
      return Response.json(Object.fromEntries(standin.prompts));
    case "POST /play":
      standin.play(...searchParams.getAll("name"));
      break;
    case "POST /limit":
      standin.limitUntil(Number(searchParams.get("until")));
      break;
    case "POST /grant":
      return Response.json(standin.grant?.() ?? null);
    case "POST /reset":
      standin.reset();
      break;
    default:
      return new Response("no such thing to do", { status: 404 });
  }
  return new Response(null, { status: 204 });
}

function reportOf({ counts, load, violations, prompts }: Controlled): Report {
  const all = [...prompts.values()];
  const sum = (of: (count: PromptCount) => number): number =>
    all.reduce((total, count) => total + of(count), 0);
  return {
    counts: counts(),
    load: { now: load.now, most: load.most },
    violations,
    prompts: {
      distinct: all.length,
      sent: sum(({ sent }) => sent),
      answered: sum(({ answered }) => answered),
      most: all.reduce((most, { sent }) => Math.max(most, sent), 0),
    },
    rss: Deno.memoryUsage().rss,
  };
}
