import { MekaError } from "../../src/errors.ts";
import type {
  Dialog,
  Host,
  LineEditorOptions,
  LineInput,
  Output,
  PeerIssuer,
  Program,
  ReadLineOptions,
  Web,
} from "../../src/host.ts";
import type { Fetch } from "../../src/http/fetch.ts";

type Stream = "stdin" | "stdout" | "stderr";

/** What a test may set beforehand. */
export interface MemoryHostOptions {
  /** What is chosen or typed in the dialog, a question at a time; after the last one the person presses Ctrl-C. */
  readonly answers?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly now?: number;
  /** All three streams are terminals, or just these. */
  readonly terminal?: boolean | readonly Stream[];
  /** How wide the terminal is; 80 by default. */
  readonly columns?: number;
  /** What is piped in, to its end; a stream is taken as it is. By default nothing ever comes. */
  readonly stdin?: string | Uint8Array | ReadableStream<Uint8Array>;
  /** Answers requests; by default each one is an error. */
  readonly fetch?: Fetch;
  /** Sleeps of up to so many milliseconds end by themselves in the next turn of the event loop; 50 by default. */
  readonly napMs?: number;
  /** What is typed at the prompts; then the input ends, or nothing more is typed where a signal can end the question. */
  readonly typed?: readonly string[];
  /** What is typed in the line editor; then the person presses Ctrl-D. */
  readonly lines?: readonly (string | LineInput)[];
  /** Who holds a busy port. */
  readonly holders?: Readonly<Record<number, Program>>;
  /** Ports that another program holds. */
  readonly busyPorts?: readonly number[];
  readonly ipv6?: boolean;
  /** Plays the person and the browser. */
  readonly browser?: (url: URL, host: MemoryHost) => Promise<void>;
  readonly os?: string;
  /** The working folder; "/project" by default. */
  readonly cwd?: string;
  /** The web that tools see. */
  readonly web?: Web;
  /** The program that takes texts for the clipboard. */
  readonly clipboard?: string;
  /** Who signed the certificate that a server shows. */
  readonly peerIssuer?: PeerIssuer;
}

/** A {@linkcode Host} in memory: its clock moves only when it is told to. */
export interface MemoryHost extends Host {
  readonly files: Map<string, string>;
  readonly written: Output[];
  readonly prompts: string[];
  /** What the line editor was to complete with, and show. */
  readonly lineEditors: LineEditorOptions[];
  readonly lineReads: (ReadLineOptions & { readonly prompt: string })[];
  /** The questions of the dialog, each with its choices. */
  readonly questions: string[];
  /** What was put on the clipboard. */
  readonly copied: string[];
  /** Lengths of the sleeps that nothing has ended yet. */
  readonly sleeping: readonly number[];
  readonly listening: ReadonlySet<string>;
  clock: number;
  stdout(): string;
  stderr(): string;
  /** Lets the sleeps of just this length end. */
  wake(ms: number): void;
  /** Resolves when such a sleep has begun. */
  sleeps(ms: number): Promise<void>;
  abort(reason: unknown): void;
  /** Sends SIGINT. */
  pressCtrlC(): void;
  /** Sends a request to a listener of this host, as a browser would. */
  visit(url: string, init?: RequestInit): Promise<Response>;
}

function scriptedDialog(answers: readonly string[], host: MemoryHost): Dialog {
  const left = [...answers];
  const answer = (question: string): string => {
    host.questions.push(question);
    const given = left.shift();
    if (given !== undefined) return given;
    throw new MekaError("interrupted", "Interrupted; nothing was changed");
  };
  const say = (text: string): void => {
    host.written.push({ to: "stderr", text: `${text}\n` });
  };
  return {
    begin: say,
    say,
    select: (question, { choices }) => {
      const names = choices.map(({ value }) => value);
      const given = answer(`${question} ${names.join(" ")}`);
      const chosen = choices.find(({ value }) => value === given);
      if (chosen === undefined) throw new Error(`nobody offers "${given}"`);
      return Promise.resolve(chosen.value);
    },
    text: (question) => Promise.resolve(answer(question)),
    confirm: (question) => Promise.resolve(answer(question) === "yes"),
    end: say,
  };
}

interface Sleeper {
  readonly ms: number;
  readonly end: () => void;
}

/** Sleeps up to this long are polls. */
const POLL_MS = 50;

/** Builds a {@linkcode MemoryHost}. */
export function memoryHost(options: MemoryHostOptions = {}): MemoryHost {
  const files = new Map(Object.entries(options.files ?? {}));
  const sleepers = new Set<Sleeper>();
  const awaited: { ms: number; resolve: () => void }[] = [];
  const interrupt = new AbortController();
  const catchers = new Set<AbortController>();
  const lines = [...options.lines ?? []];
  const listeners = new Map<string, (request: Request) => Promise<Response>>();
  const typed = options.typed ?? [];
  const { terminal = false, napMs = POLL_MS } = options;
  let answered = 0;
  let isHushed = false;
  let elapsed = 0;

  const told = (to: Output["to"]): string =>
    host.written.filter((output) => output.to === to)
      .map(({ text }) => text).join("");

  const locks = new Map<string, Promise<void>>();
  const host: MemoryHost = {
    files,
    written: [],
    prompts: [],
    lineEditors: [],
    lineReads: [],
    questions: [],
    copied: [],
    clock: options.now ?? Date.UTC(2026, 10, 22),
    machine: {
      os: options.os ?? "linux",
      release: "6.0",
      arch: "x86_64",
    },
    stdin: streamOf(options.stdin),
    interrupt: interrupt.signal,
    catchInterrupt: () => {
      const catcher = new AbortController();
      catchers.add(catcher);
      return {
        signal: catcher.signal,
        [Symbol.dispose]: () => {
          catchers.delete(catcher);
        },
      };
    },
    pressCtrlC: () => {
      const catcher = [...catchers].at(-1);
      const pressed = catcher === undefined || catcher.signal.aborted
        ? interrupt
        : catcher;
      pressed.abort(new MekaError("interrupted", "Interrupted"));
    },
    get sleeping() {
      return [...sleepers].map((sleeper) => sleeper.ms);
    },
    get listening() {
      return new Set(listeners.keys());
    },
    isTerminal: (stream) =>
      typeof terminal === "boolean" ? terminal : terminal.includes(stream),
    stdinSize: () => Promise.resolve(undefined),
    columns: () => options.columns ?? 80,
    env: (name) => options.env?.[name] || undefined,
    readFile: (path) => {
      const text = files.get(path);
      const bytes = text === undefined
        ? undefined
        : new TextEncoder().encode(text);
      return Promise.resolve(bytes);
    },
    fileSize: (path) => {
      const text = files.get(path);
      if (text !== undefined) {
        return Promise.resolve(new TextEncoder().encode(text).length);
      }
      // A database lies on the disk even here.
      return Deno.stat(path).then(({ size }) => size, () => undefined);
    },
    createPrivateFile: () => Promise.resolve(),
    copyPrivately: () => Promise.resolve(undefined),
    cwd: () => options.cwd ?? "/project",
    lock: async (path) => {
      const before = locks.get(path);
      const { promise, resolve } = Promise.withResolvers<void>();
      locks.set(path, promise);
      await before;
      return {
        [Symbol.asyncDispose]: () => {
          resolve();
          return Promise.resolve();
        },
      };
    },
    realPath: (path) => Promise.resolve(path),
    replaceFile: (path, text) => {
      files.set(path, text);
      return Promise.resolve();
    },
    write: (output) => {
      host.written.push(output);
      return Promise.resolve();
    },
    fetch: options.fetch ??
      ((request) =>
        Promise.reject(
          new Error(`unexpected: ${request.method} ${request.url}`),
        )),
    listen: ({ hostname, port }, handle) => {
      const name = hostname === "::1" ? `[::1]:${port}` : `${hostname}:${port}`;
      const refused = options.busyPorts?.includes(port) ||
        (hostname === "::1" && options.ipv6 === false);
      if (refused || listeners.has(name)) return undefined;
      listeners.set(name, handle);
      return {
        close: () => {
          listeners.delete(name);
          return Promise.resolve();
        },
      };
    },
    openBrowser: async (url) => {
      await options.browser?.(url, host);
      return options.browser !== undefined;
    },
    prepareFetch: () => {},
    peerIssuer: () => Promise.resolve(options.peerIssuer),
    hush: () => {
      isHushed = true;
      return Promise.resolve({
        [Symbol.asyncDispose]: () => {
          isHushed = false;
          return Promise.resolve();
        },
      });
    },
    dialog: () => Promise.resolve(scriptedDialog(options.answers ?? [], host)),
    lineEditor: (editorOptions) => {
      host.lineEditors.push(editorOptions);
      return Promise.resolve({
        read: async (prompt, how = {}) => {
          if (isHushed) throw new Error("nobody sees what is typed");
          host.lineReads.push({ ...how, prompt });
          how.signal?.throwIfAborted();
          interrupt.signal.throwIfAborted();
          const line = await Promise.resolve(lines.shift());
          if (line === undefined) return { type: "end" };
          return typeof line === "string" ? { type: "line", text: line } : line;
        },
      });
    },
    startChild: ({ command }) =>
      Promise.reject(new Error(`unexpected: ${command.join(" ")}`)),
    prompt: (question, { signal } = {}) => {
      host.prompts.push(question);
      if (signal === undefined || answered < typed.length) {
        return Promise.resolve(typed[answered++]);
      }
      return new Promise((_, reject) => {
        const end = (): void => reject(signal.reason);
        if (signal.aborted) end();
        signal.addEventListener("abort", end, { once: true });
      });
    },
    copyText: (text) => {
      if (options.clipboard !== undefined) host.copied.push(text);
      return Promise.resolve(options.clipboard);
    },
    whoListens: (port) => Promise.resolve(options.holders?.[port]),
    guardedFiles: () => unexpected("files"),
    runProgram: ({ argv }) => unexpected(`program ${argv[0]}`),
    childEnv: () => Promise.resolve({ ...options.env }),
    web: () =>
      options.web === undefined
        ? unexpected("web")
        : Promise.resolve(options.web),
    now: () => host.clock,
    elapsed: () => elapsed,
    sleep: (ms, signal) => {
      if (signal.aborted) return Promise.reject(signal.reason);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = (): void => {
        sleepers.delete(sleeper);
        elapsed += ms;
        resolve();
      };
      const sleeper = { ms, end };
      sleepers.add(sleeper);
      const timer = ms <= napMs ? setTimeout(end, 1) : undefined;
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        sleepers.delete(sleeper);
        reject(signal.reason);
      }, { once: true });
      for (const wait of awaited) if (wait.ms === ms) wait.resolve();
      return promise;
    },
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    hasher: async () => (await import("../../src/deno_hash.ts")).sha256,
    stdout: () => told("stdout"),
    stderr: () => told("stderr"),
    wake: (ms) => {
      for (const sleeper of sleepers) if (sleeper.ms === ms) sleeper.end();
    },
    sleeps: (ms) => {
      if (host.sleeping.includes(ms)) return Promise.resolve();
      return new Promise((resolve) => awaited.push({ ms, resolve }));
    },
    abort: (reason) => interrupt.abort(reason),
    visit: async (target, init) => {
      const url = new URL(target);
      const name = url.host.replace("localhost", "127.0.0.1");
      const handle = listeners.get(name);
      if (handle === undefined) throw new TypeError(`refused: ${url.host}`);
      const headers = new Headers(init?.headers);
      if (!headers.has("host")) headers.set("host", url.host);
      return await handle(new Request(url, { ...init, headers }));
    },
  };
  return host;
}

function unexpected(what: string): Promise<never> {
  return Promise.reject(new Error(`unexpected: ${what}`));
}

function streamOf(
  input: MemoryHostOptions["stdin"],
): ReadableStream<Uint8Array> {
  if (input === undefined) return new ReadableStream();
  if (input instanceof ReadableStream) return input;
  const bytes = typeof input === "string"
    ? new TextEncoder().encode(input)
    : input;
  return new ReadableStream({
    start(controller): void {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
