import assert from "node:assert/strict";
import type { Standin } from "../../scripts/standin/types.ts";
import type { Home } from "./meka.ts";
import { mekaProgram } from "./program.ts";

/** How long a test may take before its terminal is closed, in milliseconds. */
const PATIENCE_MS = 60_000;

/** The size of a window. */
export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** What is started in a window, and where. */
export interface ScreenOptions extends Partial<WindowSize> {
  readonly args: readonly string[];
  readonly home: Home;
  readonly standin: Standin;
  /** An empty value is that of an unset variable. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The real program in a window of tmux, which shows what a person sees. */
export interface Screen extends AsyncDisposable {
  /** Types keys by their names (`tmux send-keys`), as in "Enter" or "C-c". */
  press(...keys: readonly string[]): Promise<void>;
  type(text: string): Promise<void>;
  /** Pastes a text as a terminal does. */
  paste(text: string): Promise<void>;
  resize(size: WindowSize): Promise<void>;
  /** What the window shows now, without the empty lines at its end. */
  look(): Promise<string>;
  /** The same with all that has scrolled out of it. */
  all(): Promise<string>;
  /** Resolves with what the window shows once that fits. */
  shows(text: string | RegExp): Promise<string>;
  /** Resolves with what the window shows once that does not fit any more. */
  loses(text: string | RegExp): Promise<string>;
  /** What was copied last. */
  copied(): Promise<string>;
  /** The process of the program. */
  pid(): Promise<number>;
  /** The exit status; fails when the terminal is not as it was before. */
  end(): Promise<number>;
}

/** Tells whether there is tmux, which these tests are run in. */
export function hasTmux(): boolean {
  try {
    return new Deno.Command("tmux", { args: ["-V"] }).outputSync().success;
  } catch {
    return false;
  }
}

/** Starts the real program in a window of its own. */
export async function openScreen(
  { args, home, standin, env, columns = 80, rows = 24 }: ScreenOptions,
): Promise<Screen> {
  // A server that is about to end would still take a session. From where it starts: a socket's path must be short.
  const socket = `./tmux-${crypto.randomUUID()}`;
  const program = [...mekaProgram(), ...args].map(quoted).join(" ");
  const pidFile = quoted(`${home.folder}/pid`);
  // What ended stays on the screen, and what became of the terminal with it.
  const term = env?.TERM ?? "tmux-256color";
  const line = `export TERM=${term}; before=$(stty -g); ` +
    `sh -c 'echo $$ > "$0"; exec "$@"' ${pidFile} ${program}; code=$?; ` +
    'if test "$(stty -g)" = "$before"; then state=as; else state=not; fi; ' +
    "echo; echo ended with $code, terminal $state before; exec cat";
  const variables = Object.entries({
    ...home.env,
    MEKA_OAUTH_ISSUER: standin.issuer.origin,
    MEKA_BASE_URL: standin.baseUrl.origin,
    MEKA_MODEL: "gpt-5",
    LC_ALL: "C.UTF-8",
    NO_COLOR: "",
    ...env,
  }).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const child = new Deno.Command("tmux", {
    args: [
      ...["-S", socket, "-f", "/dev/null", "-u", "-C", "new-session"],
      ...["-x", `${columns}`, "-y", `${rows}`, ...variables],
      line,
    ],
    cwd: home.folder,
    env: { TMUX: "", TERM: "xterm-256color" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const control = new Control(child);
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const look = async (): Promise<string> =>
    trimmed(await control.run("capture-pane -p"));
  const until = async (
    text: string | RegExp,
    wanted: boolean,
  ): Promise<string> => {
    let screen = "";
    try {
      for (;;) {
        const version = control.version;
        screen = await look();
        const fits = typeof text === "string"
          ? screen.includes(text)
          : text.test(screen);
        if (fits === wanted) return screen;
        await control.changed(version);
      }
    } catch (cause) {
      const what = wanted ? "never showed" : "kept";
      throw new Error(`${what} ${text}:\n${screen}`, { cause });
    }
  };
  await control.run("set-option -g history-limit 10000");
  return {
    press: async (...keys) => {
      await control.run(`send-keys ${keys.map(quoted).join(" ")}`);
    },
    type: async (text) => {
      await control.run(`send-keys -l ${quoted(text)}`);
    },
    paste: async (text) => {
      const path = `${home.folder}/pasted`;
      await Deno.writeTextFile(path, text);
      await control.run(`load-buffer ${quoted(path)}`);
      await control.run("paste-buffer -p");
    },
    resize: async ({ columns, rows }) => {
      await control.run(`refresh-client -C ${columns}x${rows}`);
      await control.run(`resize-window -x ${columns} -y ${rows}`);
    },
    look,
    all: async () => trimmed(await control.run("capture-pane -p -S -")),
    shows: (text) => until(text, true),
    loses: (text) => until(text, false),
    copied: () => control.run("show-buffer"),
    pid: async () => Number(await Deno.readTextFile(`${home.folder}/pid`)),
    end: async () => {
      const screen = await until(/^ended with \d+, terminal /m, true);
      const [, code, state] = /ended with (\d+), terminal (\w+)/.exec(screen) ??
        [];
      assert.equal(state, "as", `the terminal is not as it was:\n${screen}`);
      const cursor = await control.run("display-message -p '#{cursor_flag}'");
      assert.equal(cursor, "1", `the cursor is hidden:\n${screen}`);
      return Number(code);
    },
    [Symbol.asyncDispose]: async () => {
      clearTimeout(late);
      await control.close();
    },
  };
}

/** The connection to a tmux of one's own, in its control mode: a line for each command, and news as they come. */
class Control {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #waiting: PromiseWithResolvers<string>[] = [];
  #change = Promise.withResolvers<void>();
  #over = false;
  /** Grows with whatever the window shows. */
  version = 0;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdin = child.stdin.getWriter();
    // The command that starts it is answered, too, to nobody.
    const start = Promise.withResolvers<string>();
    start.promise.catch(() => {});
    this.#waiting.push(start);
    this.#reading = this.#read();
  }

  /** What a command answers. */
  async run(command: string): Promise<string> {
    const answer = Promise.withResolvers<string>();
    this.#waiting.push(answer);
    await this.#stdin.write(new TextEncoder().encode(`${command}\n`));
    return await answer.promise;
  }

  /** Resolves once the window has changed since. */
  async changed(since: number): Promise<void> {
    while (this.version === since) {
      if (this.#over) throw new Error("tmux has ended");
      await this.#change.promise;
    }
  }

  async close(): Promise<void> {
    if (!this.#over) await this.run("kill-server").catch(() => {});
    await this.#stdin.close().catch(() => {});
    await this.#reading;
    await this.#child.status;
  }

  async #read(): Promise<void> {
    let rest = "";
    let answer: string[] | undefined;
    const decoded = this.#child.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of decoded) {
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (/^%begin /.test(line)) answer = [];
        else if (/^%(?:end|error) /.test(line)) {
          this.#settle(line, answer ?? []);
          answer = undefined;
        } else if (answer !== undefined) answer.push(line);
        else if (line.startsWith("%output ")) this.#tell();
      }
    }
    this.#over = true;
    this.#tell();
    for (const { reject } of this.#waiting) reject(new Error("tmux has ended"));
  }

  #settle(line: string, answer: readonly string[]): void {
    const text = answer.join("\n");
    const waiting = this.#waiting.shift();
    if (line.startsWith("%end")) waiting?.resolve(text);
    else waiting?.reject(new Error(`tmux: ${text}`));
  }

  #tell(): void {
    this.version++;
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function trimmed(screen: string): string {
  return screen.replace(/[ \n]+$/, "");
}
