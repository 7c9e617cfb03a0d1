import type { Served } from "./server.ts";

/** The running server and what it tells. */
export interface Service extends AsyncDisposable {
  readonly origin: string;
  /** What it told of the next request that was served whole. */
  next(): Promise<Served>;
}

/** Starts `server.ts` in a process of its own. */
export async function startService(): Promise<Service> {
  const script = new URL("server.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", script],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = readLines(child.stdout);
  const first = await lines.next();
  const { port } = JSON.parse(first.value ?? "{}");
  return {
    origin: `http://127.0.0.1:${port}`,
    next: async () => {
      const { value } = await lines.next();
      if (value === undefined) throw new Error("the service has gone");
      return JSON.parse(value);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

async function* readLines(
  bytes: ReadableStream<Uint8Array>,
): AsyncGenerator<string, undefined, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  return undefined;
}
