import type { Host, Output } from "../../src/host.ts";

/** What a test may set beforehand. */
export interface MemoryHostOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly now?: number;
  readonly terminal?: boolean;
  /** What is typed at the prompts. */
  readonly typed?: readonly string[];
  /** Ports that another program holds. */
  readonly busyPorts?: readonly number[];
  readonly ipv6?: boolean;
  /** Plays the person and the browser. */
  readonly browser?: (url: URL, host: MemoryHost) => Promise<void>;
  readonly os?: string;
}

/** A {@linkcode Host} in memory: its clock moves only when it is told to. */
export interface MemoryHost extends Host {
  readonly files: Map<string, string>;
  readonly written: Output[];
  readonly prompts: string[];
  /** Lengths of the sleeps that nothing has ended yet. */
  readonly sleeping: readonly number[];
  readonly listening: ReadonlySet<string>;
  clock: number;
  stderr(): string;
  /** Lets the sleeps of just this length end. */
  wake(ms: number): void;
  /** Resolves when such a sleep has begun. */
  sleeps(ms: number): Promise<void>;
  abort(reason: unknown): void;
  /** Sends a request to a listener of this host, as a browser would. */
  visit(url: string, init?: RequestInit): Promise<Response>;
}

interface Sleeper {
  readonly ms: number;
  readonly end: () => void;
}

/** Sleeps up to this long are polls: they end in the next turn of the event loop. */
const POLL_MS = 50;

/** Builds a {@linkcode MemoryHost}. */
export function memoryHost(options: MemoryHostOptions = {}): MemoryHost {
  const files = new Map(Object.entries(options.files ?? {}));
  const sleepers = new Set<Sleeper>();
  const awaited: { ms: number; resolve: () => void }[] = [];
  const interrupt = new AbortController();
  const listeners = new Map<string, (request: Request) => Promise<Response>>();
  const typed = [...options.typed ?? []];
  let elapsed = 0;

  const host: MemoryHost = {
    files,
    written: [],
    prompts: [],
    clock: options.now ?? Date.UTC(2026, 10, 22),
    machine: {
      os: options.os ?? "linux",
      release: "6.0",
      arch: "x86_64",
    },
    stdin: new ReadableStream(),
    interrupt: interrupt.signal,
    get sleeping() {
      return [...sleepers].map((sleeper) => sleeper.ms);
    },
    get listening() {
      return new Set(listeners.keys());
    },
    isTerminal: () => options.terminal ?? false,
    env: (name) => options.env?.[name] || undefined,
    readFile: (path) => {
      const text = files.get(path);
      const bytes = text === undefined
        ? undefined
        : new TextEncoder().encode(text);
      return Promise.resolve(bytes);
    },
    createPrivateFile: () => Promise.resolve(),
    replaceFile: (path, text) => {
      files.set(path, text);
      return Promise.resolve();
    },
    write: (output) => {
      host.written.push(output);
      return Promise.resolve();
    },
    fetch: (request) =>
      Promise.reject(new Error(`unexpected: ${request.method} ${request.url}`)),
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
    prompt: (question) => {
      host.prompts.push(question);
      return Promise.resolve(typed.shift());
    },
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
      const timer = ms <= POLL_MS ? setTimeout(end, 1) : undefined;
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        sleepers.delete(sleeper);
        reject(signal.reason);
      }, { once: true });
      for (const wait of awaited) if (wait.ms === ms) wait.resolve();
      return promise;
    },
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    stderr: () =>
      host.written.filter(({ to }) => to === "stderr")
        .map(({ text }) => text).join(""),
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
