import type { Transport } from "@modelcontextprotocol/sdk/shared/transport";
// The SDK's manifest names the types of "x.js" as those of "x".
// @ts-types="@modelcontextprotocol/sdk/types"
import {
  type JSONRPCMessage,
  JSONRPCMessageSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Child, ChildOptions, Host } from "../../host.ts";
import { oneLine } from "../../http/redact.ts";
import { linesOf } from "./lines.ts";
import { waitAtMost } from "./waits.ts";

/** The longest message, in characters: a result with pictures in it. */
const LONGEST_MESSAGE = 32 * 1024 * 1024;

/** How much a server may say for one thing that it is asked, in characters and in messages. */
const MOST_SAID = 64 * 1024 * 1024;
const MOST_MESSAGES = 10_000;

/** How long a server may take to end once it is asked to, in milliseconds; twice, first by the end of its input. */
const GRACE_MS = 500;

/** How much of what a server says on stderr is kept to explain its end, in characters. */
const KEPT_STDERR = 2_000;

/**
 * Messages to and from a server that is started here: JSON-RPC, a message a line. The SDK's own transport leaves alive
 * what a server has started, and waits for one that floods.
 */
export class StdioTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;

  /** Its environment is what comes beside that of all programs of the model's. */
  readonly #options: ChildOptions;
  readonly #host: Pick<Host, "startChild" | "childEnv" | "sleep">;
  #child: Child | undefined;
  #stdin: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  /** Ends the reading, which what the server has left behind could hold up. */
  readonly #stop = new AbortController();
  #stderr = "";
  /** Said since it was last asked something, in characters and in messages. */
  #said = 0;
  #messages = 0;
  #end: string | undefined;
  #closed = false;

  constructor(
    options: ChildOptions,
    host: Pick<Host, "startChild" | "childEnv" | "sleep">,
  ) {
    this.#options = options;
    this.#host = host;
  }

  /** How the server ended by itself, as the rest of a sentence; undefined while it runs, or where it was ended. */
  get end(): string | undefined {
    return this.#end;
  }

  async start(): Promise<void> {
    const env = { ...await this.#host.childEnv(), ...this.#options.env };
    const child = await this.#host.startChild({ ...this.#options, env });
    this.#child = child;
    this.#stdin = child.stdin.getWriter();
    this.#reading = Promise.all([
      this.#listen(child),
      this.#keepStderr(child),
    ]);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#stdin === undefined || this.#closed) {
      throw new Error("Not connected");
    }
    if ("id" in message && "method" in message) {
      [this.#said, this.#messages] = [0, 0];
    }
    const line = `${JSON.stringify(message)}\n`;
    await this.#stdin.write(new TextEncoder().encode(line));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    this.#stdin?.close().catch(() => {});
    await waitAtMost(GRACE_MS, child.ended, this.#host);
    child.kill("SIGTERM");
    await waitAtMost(GRACE_MS, child.ended, this.#host);
    // What it started may still be there.
    await child[Symbol.asyncDispose]();
    this.#stop.abort();
    await this.#reading;
    this.onclose?.();
  }

  /** Hands on what the server says, until it ends or says too much. */
  async #listen(child: Child): Promise<void> {
    const end = await this.#hear(child);
    if (this.#closed) return;
    this.#end = end;
    // Not awaited: it waits for this very function.
    this.close().catch((error) => this.onerror?.(error));
  }

  async #hear(child: Child): Promise<string> {
    try {
      const stdout = this.#stoppable(child.stdout);
      for await (const line of linesOf(stdout, LONGEST_MESSAGE)) {
        this.#said += line.length;
        this.#messages++;
        if (this.#said > MOST_SAID || this.#messages > MOST_MESSAGES) {
          throw new RangeError("It says too much");
        }
        this.#take(line);
      }
      const status = await child.ended;
      return `it ended with status ${status}${this.#lastWords()}`;
    } catch (error) {
      return error instanceof RangeError
        ? "it said far more than it was asked for"
        : "its output cannot be read";
    }
  }

  #stoppable(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const { signal } = this.#stop;
    return stream.pipeThrough(new TransformStream(), { signal });
  }

  #take(line: string): void {
    try {
      const message = JSONRPCMessageSchema.safeParse(JSON.parse(line));
      if (message.success) this.onmessage?.(message.data);
    } catch {
      // Words that some server writes beside its messages, or a value too deep to be looked at.
    }
  }

  async #keepStderr(child: Child): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.#stoppable(child.stderr)) {
        const text = this.#stderr + decoder.decode(chunk, { stream: true });
        this.#stderr = text.slice(-KEPT_STDERR);
      }
    } catch {
      // What explains an end is missing, and no more.
    }
  }

  /** The line on stderr that tells most; a stack often follows it. */
  #lastWords(): string {
    const lines = this.#stderr.trim().split("\n");
    const line = lines.find((line) => /error|cannot|not found/i.test(line)) ??
      lines.at(-1) ?? "";
    return line === "" ? "" : `: ${oneLine(line, 200)}`;
  }
}
