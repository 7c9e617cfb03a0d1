import type { Fetch } from "./fetch.ts";
import { redactHeaders, type Redactor, stripControl } from "./redact.ts";

/** Where a trace goes, and what it is made with. */
export interface TraceOptions {
  /** Takes one line, without its line feed. */
  readonly write: (line: string) => Promise<void> | void;
  /** Milliseconds that only ever grow. */
  readonly elapsed: () => number;
  /** Knows the run's secrets. */
  readonly redactor: Redactor;
}

/**
 * Tells of each request and each response's head in the manner of `curl -v`, for `--verbose`. Queries, bodies and
 * secrets are never shown. To show what really goes out, it must be the innermost wrapper.
 */
export function withTrace(fetch: Fetch, options: TraceOptions): Fetch {
  const { elapsed, redactor } = options;
  const write = async (line: string): Promise<void> =>
    await options.write(stripControl(redactor.redact(line)));
  const writeHeaders = async (
    mark: string,
    headers: Headers,
  ): Promise<void> => {
    for (const [name, value] of redactHeaders(headers)) {
      await write(`${mark} ${name}: ${value}`);
    }
  };
  return async (request) => {
    await write(`> ${request.method} ${withoutQuery(request.url)}`);
    await writeHeaders(">", request.headers);
    if (request.body !== null) {
      const { byteLength } = await request.clone().arrayBuffer();
      await write(`* Body: ${byteLength} bytes`);
    }
    const start = elapsed();
    const took = (): string => `${Math.round(elapsed() - start)} ms`;
    let response: Response;
    try {
      response = await fetch(request);
    } catch (error) {
      // Its message may quote the URL, and is told with the error itself.
      await write(`* No response after ${took()}`);
      throw error;
    }
    await write(`< ${response.status} after ${took()}`);
    await writeHeaders("<", response.headers);
    return response;
  };
}

function withoutQuery(address: string): string {
  const { origin, pathname, search } = new URL(address);
  return `${origin}${pathname}${search === "" ? "" : "?[redacted]"}`;
}
