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
  /** What was typed before the question was asked is no answer to it. */
  readonly fresh?: boolean;
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
  /** All of its environment. */
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

/** Where tools may go; all of these are real paths. */
export interface Bounds {
  /** The working folder, where relative paths start, and those added to it. */
  readonly folders: readonly string[];
  /** Closed with all that is in them, wherever they lie and whatever leads there. */
  readonly forbidden: readonly string[];
}

/** What a name in a folder stands for; what it stands for itself, where it is a link. */
export type EntryKind = "file" | "folder" | "link" | "other";

/** A name in a folder. */
export interface Entry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** Where a path leads. */
export interface Located {
  /** The real path. */
  readonly path: string;
  readonly kind: "file" | "folder" | "missing";
}

/**
 * Files and folders within bounds: whatever a path says, and whoever swaps links meanwhile, nothing outside of them is
 * read, listed, changed or made. What cannot or may not be done throws a {@linkcode Refusal}.
 */
export interface GuardedFiles {
  /** Where a path leads: to a file, to a folder, or to where one could be made. */
  locate(path: string): Located;
  /** A whole regular file of at most so many bytes, and its real path. */
  read(
    path: string,
    maxBytes: number,
  ): { readonly path: string; readonly bytes: Uint8Array };
  /** The names in a folder in their order, without those that are forbidden, and its real path. */
  list(
    path: string,
  ): { readonly path: string; readonly entries: readonly Entry[] };
  /**
   * Puts a file there in one step, in the place of another one only with `replace`, whose mode it keeps; makes the
   * folders above it. Returns the real path.
   */
  write(
    path: string,
    options: { readonly bytes: Uint8Array; readonly replace: boolean },
  ): Promise<string>;
}

/** A program to run for the model. */
export interface ProgramCall {
  readonly argv: readonly [string, ...string[]];
  readonly folder: string;
  /** What it finds on its stdin, which ends there. */
  readonly stdin?: string;
  readonly timeoutMs: number;
  /** The most that is kept of each stream, in bytes: half of it from the beginning, half from the end. */
  readonly keepBytes: number;
  /** Ends it; the promise then rejects with the reason. */
  readonly signal: AbortSignal;
}

/** What is kept of a stream. */
export interface KeptOutput {
  /** All of it, or its beginning. */
  readonly head: Uint8Array;
  /** How many bytes between the beginning and the end were let go. */
  readonly skipped: number;
  readonly tail: Uint8Array;
}

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit status, 128 and more after a signal; undefined when it was ended for its time. */
  readonly code: number | undefined;
  readonly stdout: KeptOutput;
  readonly stderr: KeptOutput;
}

/** A web server's answer. */
export interface WebAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** There was more than was asked for. */
  readonly cut: boolean;
}

/** The web at large, apart from the services: no cookies, no credentials, no redirects followed. */
export interface Web {
  /** The proxy that stands between, which then resolves names by itself. */
  hasProxy(url: URL): boolean;
  /** The addresses of a name as the system resolves it; none when it does not. */
  resolve(name: string): Promise<readonly string[]>;
  /** A GET over a connection to one of these addresses, whatever the name means by now; a proxy goes by the name. */
  get(
    url: URL,
    options: {
      readonly addresses: readonly string[];
      readonly headers: Readonly<Record<string, string>>;
      readonly maxBytes: number;
      readonly signal: AbortSignal;
    },
  ): Promise<WebAnswer>;
}

/** Something that a tool cannot or may not do; the message says why, as the rest of a sentence, to the model. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** What may stand between an index of a line and its cursor. */
export interface Completion {
  readonly from: number;
  readonly candidates: readonly string[];
}

/** How lines are edited. */
export interface LineEditorOptions {
  /** Called for Tab with what is typed and the index of the cursor; a second Tab in a row lists what it found. */
  readonly complete?: (
    text: string,
    cursor: number,
  ) => Completion | undefined | Promise<Completion | undefined>;
}

/** How a line is read. */
export interface ReadLineOptions {
  /** What was typed before, the newest last. */
  readonly history?: readonly string[];
  /** What stands there to begin with. */
  readonly initial?: string;
  /** Ends the question with its reason; what is typed later is for the next one. */
  readonly signal?: AbortSignal;
}

/** What a person typed: a line, perhaps of several lines; or Ctrl-C or Ctrl-D, each where nothing was typed. */
export type LineInput = Readonly<
  | { type: "line"; text: string }
  | { type: "cancel" }
  | { type: "end" }
>;

/** Lines that are edited on the terminal, one at a time; between them the terminal is as it was. */
export interface LineEditor {
  /**
   * Asks on stderr, in the first column; only colors of the prompt may be control sequences. Ctrl-C on a text begins anew.
   *
   * @throws the reason of `signal` or of the host's `interrupt` when one comes first, or a MekaError of kind
   * "interrupted" when the terminal is closed.
   */
  read(prompt: string, options?: ReadLineOptions): Promise<LineInput>;
}

/** Ctrl-C as long as it is not disposed of. */
export interface CaughtInterrupt extends Disposable {
  /** Aborted by the first SIGINT; the next one is nobody's but the run's. */
  readonly signal: AbortSignal;
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
  /** Has SIGINT end a part of the run rather than all of it: the latest one that is not disposed of. */
  catchInterrupt(): CaughtInterrupt;
  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean;
  /** How many cells the terminal is wide now; 80 where it does not tell. */
  columns(): number;
  /** How many bytes there are on stdin, where it is a file. */
  stdinSize(): Promise<number | undefined>;
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
  /** The path without links in it; undefined when there is nothing. */
  realPath(path: string): Promise<string | undefined>;
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
  /** Keeps what is typed from showing until it is disposed of, but at a prompt; it is there for whoever reads next. */
  hush(): Promise<AsyncDisposable>;
  /** Questions on the terminal; what draws them is loaded here. */
  dialog(): Promise<Dialog>;
  /** Lines to type on the terminal, which stdin and stderr must be; what draws them is loaded here. */
  lineEditor(options: LineEditorOptions): Promise<LineEditor>;
  /** Has a program of this machine put a text on the clipboard, and tells its name; undefined where none can. */
  copyText(text: string): Promise<string | undefined>;
  /** Files for tools; what guards them is loaded here. */
  guardedFiles(bounds: Bounds): Promise<GuardedFiles>;
  /**
   * Runs a program for the model to its end: in a session of its own, without a terminal, in {@linkcode Host.childEnv}.
   * Made to end, it takes all that it has started with it. What cannot be started throws a {@linkcode Refusal}.
   */
  runProgram(call: ProgramCall): Promise<ProgramEnd>;
  /** This process's environment without keys, tokens and passwords, for programs that the model has a hand in. */
  childEnv(): Promise<Readonly<Record<string, string>>>;
  /** The web for tools; what speaks to it is loaded here. */
  web(): Promise<Web>;
  /** Epoch milliseconds; may jump. */
  now(): number;
  /** Milliseconds that only ever grow, for measuring waits. */
  elapsed(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  randomBytes(length: number): Uint8Array;
  /**
   * What makes the SHA-256 of a text, in hexadecimal, at once; it is loaded here. (`crypto.subtle` has another thread do
   * it, and asking that thread takes far longer than the work.)
   */
  hasher(): Promise<(text: string) => string>;
}
