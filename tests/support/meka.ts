import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Standin } from "../../scripts/standin/types.ts";
import type { Tokens } from "../../scripts/standin/tokens.ts";
import { copyPrivately, createPrivateFile } from "../../src/deno_host.ts";
import { openDatabase } from "../../src/store/database.ts";
import {
  readTokens,
  type TokenRow,
  writeTokens,
} from "../../src/store/tokens.ts";
import { mekaProgram } from "./program.ts";

/** What a process needs of this machine to start at all. */
const INHERITED = ["PATH", "HOME", "TMPDIR"];

/** A person's folders, gone when it is disposed. */
export interface Home extends AsyncDisposable {
  readonly folder: string;
  readonly config: string;
  readonly database: string;
  /** The environment that points meka here. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes empty folders for one person; neither the config's nor the data's exists yet. */
export async function makeHome(): Promise<Home> {
  const folder = await Deno.makeTempDir({ prefix: "meka-test-" });
  return {
    folder,
    config: `${folder}/config/config.toml`,
    database: `${folder}/data/sessions.db`,
    env: {
      MEKA_CONFIG_DIR: `${folder}/config`,
      MEKA_DATA_DIR: `${folder}/data`,
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Stores tokens the way a sign-in does. */
export async function signIn(
  home: Home,
  tokens: Tokens,
  changes: Partial<TokenRow> = {},
): Promise<void> {
  const { database } = await openDatabase(home.database, {
    createPrivateFile,
    copyPrivately,
  });
  try {
    writeTokens(database, {
      provider: "openai-codex",
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken,
      idToken: tokens.idToken,
      accountId: tokens.accountId,
      email: tokens.email,
      plan: tokens.plan,
      fedramp: false,
      expiresAt: Math.floor(tokens.expiresAt / 1000),
      refreshedAt: Date.now(),
      attemptedAt: undefined,
      refusal: undefined,
      ...changes,
    });
  } finally {
    database.close();
  }
}

/** The same home for the same person, signed in for an hour. */
export async function signedInHome(standin: Standin): Promise<Home> {
  const home = await makeHome();
  await signIn(home, standin.grant());
  return home;
}

/** The sign-in as it lies in the database, which must be a whole one. */
export function storedTokens(home: Home): TokenRow | undefined {
  const database = new DatabaseSync(home.database);
  try {
    const found = database.prepare("PRAGMA integrity_check").get();
    assert.deepEqual({ ...found }, { integrity_check: "ok" });
    return readTokens(database, "openai-codex");
  } finally {
    database.close();
  }
}

/** How a process is started. */
export interface StartOptions {
  readonly args: readonly string[];
  readonly home: Home;
  /** The service it talks to; without one it knows the real addresses, which no test reaches. */
  readonly standin?: Standin;
  readonly env?: Readonly<Record<string, string>>;
  /** `/dev/null` by default; "open" is a pipe to write to. */
  readonly stdin?: "null" | "open";
  /** A redirection of the shell for what pipes cannot show, as in `<&-` or `>/dev/full`. */
  readonly shell?: string;
  /** A line for the shell to run before. */
  readonly before?: string;
  /** A command that runs the rest of its arguments as a command. */
  readonly inside?: readonly [string, ...string[]];
}

/** A running `meka`. */
export interface Meka extends AsyncDisposable {
  readonly pid: number;
  readonly stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly stdout: StdoutReader;
  /** Everything on stderr so far. */
  stderr(): string;
  /** Resolves once stderr holds the text; throws when the process ends without it. */
  said(text: string): Promise<void>;
  kill(signal: Deno.Signal): void;
  /** The exit status, once stderr is closed, too. */
  readonly ended: Promise<Deno.CommandStatus>;
}

/** A finished `meka`. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly bytes: Uint8Array;
  readonly stderr: string;
}

/** Starts the real program. */
export function startMeka(options: StartOptions): Meka {
  const [command, ...args] = commandLine(options);
  const child = new Deno.Command(command, {
    args,
    clearEnv: true,
    env: environment(options),
    stdin: options.stdin === "open" ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let told = "";
  let changed = Promise.withResolvers<void>();
  let over = false;
  const listening = (async () => {
    for await (
      const text of child.stderr.pipeThrough(new TextDecoderStream())
    ) {
      told += text;
      changed.resolve();
      changed = Promise.withResolvers();
    }
    over = true;
    changed.resolve();
  })();
  const ended = Promise.all([child.status, listening]).then(([status]) =>
    status
  );
  const stdout = new StdoutReader(child.stdout);
  let stdin: WritableStreamDefaultWriter<Uint8Array> | undefined;
  return {
    pid: child.pid,
    get stdin() {
      stdin ??= child.stdin.getWriter();
      return stdin;
    },
    stdout,
    stderr: () => told,
    said: async (text) => {
      while (!told.includes(text)) {
        if (over) throw new Error(`never said "${text}", only: ${told}`);
        await changed.promise;
      }
    },
    kill: (signal) => child.kill(signal),
    ended,
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await ended;
      await stdout.close();
      if (options.stdin === "open") {
        stdin ??= child.stdin.getWriter();
        await stdin.abort().catch(() => {});
      }
    },
  };
}

/** Runs the real program to its end, with `input` on a pipe. */
export async function runMeka(
  options: Omit<StartOptions, "stdin"> & {
    readonly input?: string | Uint8Array;
  },
): Promise<Ended> {
  const { input } = options;
  await using meka = startMeka({
    ...options,
    stdin: input === undefined ? "null" : "open",
  });
  if (input !== undefined) {
    const bytes = typeof input === "string"
      ? new TextEncoder().encode(input)
      : input;
    // It may end without reading everything.
    meka.stdin.write(bytes).catch(() => {});
    meka.stdin.close().catch(() => {});
  }
  const bytes = await meka.stdout.rest();
  const { code } = await meka.ended;
  return {
    code,
    bytes,
    stdout: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes),
    stderr: meka.stderr(),
  };
}

function commandLine(
  { args, shell, before, inside }: StartOptions,
): [string, ...string[]] {
  const program = mekaProgram();
  const line: [string, ...string[]] = inside === undefined
    ? [...program, ...args]
    : [...inside, ...program, ...args];
  if (shell === undefined && before === undefined) return line;
  const script = `${before ?? ""}\nexec "$@" ${shell ?? ""}`;
  return ["sh", "-c", script, "sh", ...line];
}

function environment(
  { home, standin, env }: StartOptions,
): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(inherited),
    // A test may move HOME, and the runtime's cache is not to move with it.
    DENO_DIR: cacheOfRuntime(),
    NO_COLOR: "1",
    ...home.env,
    ...(standin === undefined ? {} : {
      MEKA_BASE_URL: standin.baseUrl.origin,
      MEKA_OAUTH_ISSUER: standin.issuer.origin,
      MEKA_MODEL: "gpt-5",
    }),
    ...env,
  };
}

function cacheOfRuntime(): string {
  const home = Deno.env.get("HOME") ?? "";
  const caches = Deno.build.os === "darwin" ? "Library/Caches" : ".cache";
  return Deno.env.get("DENO_DIR") ??
    `${Deno.env.get("XDG_CACHE_HOME") ?? `${home}/${caches}`}/deno`;
}

/** Reads a process's stdout as slowly as a test wants to. */
export class StdoutReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";
  #bytes = 0;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** How many bytes have been read so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Reads until what was read so far holds the text; throws at the end of the stream. */
  async until(text: string): Promise<void> {
    while (!this.#text.includes(text)) {
      const chunk = await this.read();
      if (chunk === undefined) throw new Error(`never wrote "${text}"`);
      this.#text += this.#decoder.decode(chunk, { stream: true });
    }
  }

  /** What `until` has read. */
  get text(): string {
    return this.#text;
  }

  /** The next chunk, undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    const { value, done } = await this.#reader.read();
    if (done) return undefined;
    this.#bytes += value.length;
    return value;
  }

  /** All that is left. */
  async rest(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (
      let chunk = await this.read();
      chunk !== undefined;
      chunk = await this.read()
    ) chunks.push(chunk);
    return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  }

  /** Closes the pipe, as `head` does when it has seen enough. */
  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}
