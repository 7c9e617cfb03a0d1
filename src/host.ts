/** Text for one of the two output streams. */
export interface Output {
  readonly to: "stdout" | "stderr";
  readonly text: string;
}

/** A listening server; closing it lets the answer under way finish. */
export interface Listener {
  close(): Promise<void>;
}

/** A file that is gone once it is disposed of. */
export interface PrivateCopy extends AsyncDisposable {
  readonly path: string;
}

/** The machine, for the `User-Agent` header. */
export interface Machine {
  readonly os: string;
  readonly release: string;
  readonly arch: string;
}

/** How a line is asked for. */
export interface PromptOptions {
  /** What is typed does not show. */
  readonly hidden?: boolean;
  /** Ends the question with its reason; what is typed later is left to whoever reads next. */
  readonly signal?: AbortSignal;
}

/** A running program. */
export interface Program {
  readonly name: string;
  readonly pid: number;
}

/** How a program is started that meka talks with. */
export interface ChildOptions {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly [string, ...string[]];
  /** Variables beside those of meka's own environment that hold no secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Its working folder, where that is not meka's. */
  readonly cwd: string | undefined;
}

/** A program that meka started and talks with. Its disposal ends it at once, with all that it started. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Its exit status: 128 + N where signal N ended it. */
  readonly ended: Promise<number>;
  /** Sends a signal to it and to all that it started. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Who signed a server's certificate, as it says itself. */
export interface PeerIssuer {
  readonly commonName: string | undefined;
  readonly organization: string | undefined;
}

/** One of the answers to choose from. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string | undefined;
}

/** Questions on the terminal, one after the other. Ctrl-C at any of them throws a MekaError of kind "interrupted". */
export interface Dialog {
  begin(title: string): void;
  /** Shows something between two questions. */
  say(text: string): void;
  select<T extends string>(
    question: string,
    options: {
      readonly choices: readonly Choice<T>[];
      readonly initial?: T | undefined;
    },
  ): Promise<T>;
  /** A line that is not empty. */
  text(
    question: string,
    options: { readonly initial?: string | undefined },
  ): Promise<string>;
  confirm(question: string): Promise<boolean>;
  end(text: string): void;
}

/** Thrown by {@linkcode Host.write} when the reader of stdout has gone: the run ends silently with exit 141. */
export class ClosedOutput extends Error {
  override readonly name = "ClosedOutput";
}

/** What meka may ask of the machine; `src/deno_host.ts` answers in earnest, tests answer from memory. */
export interface Host {
  readonly machine: Machine;
  readonly stdin: ReadableStream<Uint8Array>;
  /** Aborted by SIGINT and SIGTERM with a MekaError of kind "interrupted" as its reason. */
  readonly interrupt: AbortSignal;
  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean;
  /** An empty variable counts as an unset one. */
  env(name: string): string | undefined;
  /** The whole file, or undefined when there is none; other failures throw. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** The length of a file in bytes, or undefined when there is none. */
  fileSize(path: string): Promise<number | undefined>;
  /** Creates the file with mode 0600, and its folder with 0700, unless they exist. */
  createPrivateFile(path: string): Promise<void>;
  /**
   * A copy of a file, and of those that add such suffixes to its name, in a private folder of its own; its disposal
   * removes all of it, while a program that has it open may read on. Undefined where the system cannot do that.
   */
  copyPrivately(
    path: string,
    suffixes: readonly string[],
  ): Promise<PrivateCopy | undefined>;
  /** The working folder. */
  cwd(): string;
  /**
   * Waits for its turn to have what a name stands for, machine-wide, until it is disposed of or the process ends. `path`
   * is a file that meka may create and remove.
   */
  lock(path: string): Promise<AsyncDisposable>;
  /** Puts a new file of mode 0600 in the place of an old one in one step, following a symbolic link to its target. */
  replaceFile(path: string, text: string): Promise<void>;
  /** Resolves once every byte was taken; throws ClosedOutput, or the reason of `interrupt` while stdout is stalled. */
  write(output: Output): Promise<void>;
  fetch(request: Request): Promise<Response>;
  /** Who issued the certificate that an https server shows, trusted or not, where that can be seen in 3 seconds. */
  peerIssuer(
    target: URL,
    options: {
      readonly proxy: URL | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<PeerIssuer | undefined>;
  /** Tells that a request to this URL is near, for what can be made ready meanwhile without a connection. */
  prepareFetch(url: URL): void;
  /** Listens on a loopback address; undefined when the port is taken or the address cannot be had. */
  listen(
    address: { hostname: "127.0.0.1" | "::1"; port: number },
    handle: (request: Request) => Promise<Response>,
  ): Listener | undefined;
  /** The program that listens on a TCP port, where the system tells within a second. */
  whoListens(port: number): Promise<Program | undefined>;
  /**
   * Starts a program with pipes to it, in a process group of its own.
   *
   * @throws {MekaError} "internal" when it cannot be started.
   */
  startChild(options: ChildOptions): Promise<Child>;
  /** Opens the URL with `$BROWSER`, else, on a terminal, with the desktop's opener; tells whether one started. */
  openBrowser(url: URL): Promise<boolean>;
  /** One line typed on the terminal, or undefined at its end; asks on stderr. */
  prompt(
    question: string,
    options?: PromptOptions,
  ): Promise<string | undefined>;
  /** Questions on the terminal; what draws them is loaded here. */
  dialog(): Promise<Dialog>;
  /** Has a program of this machine put a text on the clipboard, and tells its name; undefined where none can. */
  copyText(text: string): Promise<string | undefined>;
  /** Epoch milliseconds; may jump. */
  now(): number;
  /** Milliseconds that only ever grow, for measuring waits. */
  elapsed(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  randomBytes(length: number): Uint8Array;
}
