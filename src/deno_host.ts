import { listenForSignals } from "./deno_signals.ts";
import { MekaError } from "./errors.ts";
import {
  ClosedOutput,
  type Host,
  type Output,
  type PrivateCopy,
} from "./host.ts";
import type { TerminalEcho } from "./deno_echo.ts";
import { usesColor } from "./render/uses_color.ts";

/** How long a write may still take once the run was interrupted, in milliseconds: a stalled reader must not hold it. */
const LAST_WRITE_MS = 200;

/** The width of a terminal that does not tell its own. */
const USUAL_COLUMNS = 80;

/** The host that {@linkcode denoHost} made, with the means to end its process. */
export interface DenoHost {
  readonly host: Host;
  readonly argv: readonly string[];
  exit(code: number): never;
}

/** Answers {@linkcode Host} with the Deno runtime. */
export function denoHost(): DenoHost {
  const { interrupt, catchInterrupt } = listenForSignals();
  const replaced = new Map<string, string | undefined>();
  let echo: TerminalEcho | undefined;
  const host: Host = {
    machine: {
      os: Deno.build.os,
      get release() {
        return Deno.osRelease();
      },
      arch: Deno.build.arch,
    },
    get stdin() {
      return Deno.stdin.readable;
    },
    interrupt,
    catchInterrupt,
    isTerminal: (stream) => Deno[stream].isTerminal(),
    columns,
    stdinSize: async () => {
      const { stdinSize } = await import("./deno_stdin.ts");
      return stdinSize();
    },
    env: (name) => Deno.env.get(name) || undefined,
    readFile,
    fileSize,
    createPrivateFile,
    copyPrivately,
    realPath,
    replaceFile,
    cwd: () => Deno.cwd(),
    lock,
    write: makeWrite(interrupt),
    fetch: async (request) => {
      await trustRoots(request.url, replaced);
      return await fetch(request);
    },
    prepareFetch,
    peerIssuer: async (target, options) => {
      const { peerIssuer } = await import("./deno_certificate.ts");
      return await peerIssuer(target, options);
    },
    listen,
    openBrowser: async (url) => {
      const { openBrowser } = await import("./deno_browser.ts");
      return openBrowser(url, host);
    },
    startChild: async (options) => {
      const { startChild } = await import("./deno_program.ts");
      return startChild(options);
    },
    prompt: async (question, options) => {
      const { promptLine } = await import("./deno_prompt.ts");
      const ask = (): Promise<string | undefined> =>
        promptLine(question, { ...options, interrupt });
      return await (echo?.aside(ask) ?? ask());
    },
    hush: async () => {
      const { TerminalEcho } = await import("./deno_echo.ts");
      return await (echo ??= new TerminalEcho()).hush();
    },
    whoListens: async (port) => {
      const { whoListens } = await import("./deno_ports.ts");
      return await whoListens(port);
    },
    dialog: async () => {
      const { terminalDialog } = await import("./deno_dialog.ts");
      return terminalDialog({ color: usesColor(host) });
    },
    lineEditor: async (options) => {
      const { TerminalLineEditor } = await import("./deno_line_editor.ts");
      return new TerminalLineEditor(options, host);
    },
    guardedFiles: async (bounds) => {
      const { guardedFiles } = await import("./deno_files.ts");
      return guardedFiles(bounds);
    },
    runProgram: async (call) => {
      const { childEnv, runProgram } = await import("./deno_command.ts");
      return await runProgram(call, childEnv(replaced));
    },
    childEnv: async () => {
      const { childEnv } = await import("./deno_command.ts");
      return childEnv(replaced);
    },
    web: async () => {
      const { denoWeb } = await import("./deno_web.ts");
      return denoWeb({
        env: host.env,
        prepare: (url) => trustRoots(url.href, replaced),
      });
    },
    copyText: async (text) => {
      const { copyText } = await import("./deno_clipboard.ts");
      return await copyText(text, host);
    },
    now: () => Date.now(),
    elapsed: () => performance.now(),
    sleep,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    hasher: async () => (await import("./deno_hash.ts")).sha256,
  };
  return { host, argv: Deno.args, exit: (code) => Deno.exit(code) };
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || USUAL_COLUMNS;
  } catch {
    return USUAL_COLUMNS; // no terminal
  }
}

async function readFile(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** {@linkcode Host.createPrivateFile} on Deno. */
export async function createPrivateFile(path: string): Promise<void> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    // An older umask, or a copy, may have left it open to others; the journals take its mode when they are made.
    if (isFile && mode !== null && (mode & 0o077) !== 0) {
      await makePrivate(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await makePrivateFolder(folderOf(path));
    const options = { write: true, create: true, mode: 0o600 };
    (await Deno.open(path, options)).close();
    await setMode(path, 0o600);
  }
}

/** Creates a folder, and those above it, with mode 0700 each. */
async function makePrivateFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { mode: 0o700 });
  } catch (error) {
    // A name that is no folder is found out when a file is opened in it.
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await makePrivateFolder(folderOf(path));
    return await makePrivateFolder(path);
  }
  await setMode(path, 0o700);
}

/** A umask may have taken from the owner what was asked for; Windows has neither. */
async function setMode(path: string, mode: number): Promise<void> {
  if (Deno.build.os !== "windows") await Deno.chmod(path, mode);
}

async function makePrivate(path: string): Promise<void> {
  for (const name of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      await Deno.chmod(name, 0o600);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** {@linkcode Host.copyPrivately} on Deno. */
export async function copyPrivately(
  path: string,
  suffixes: readonly string[],
): Promise<PrivateCopy | undefined> {
  // Windows does not remove what is open.
  if (Deno.build.os === "windows") return undefined;
  const folder = await Deno.makeTempDir({ prefix: "meka-" });
  const copy: PrivateCopy = {
    path: `${folder}/copy`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  try {
    await Deno.copyFile(path, copy.path);
    for (const suffix of suffixes) await copyIfThere(path, copy.path, suffix);
    return copy;
  } catch (error) {
    await copy[Symbol.asyncDispose]();
    throw error;
  }
}

async function copyIfThere(
  from: string,
  to: string,
  suffix: string,
): Promise<void> {
  try {
    await Deno.copyFile(`${from}${suffix}`, `${to}${suffix}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** {@linkcode Host.lock} on Deno, whose file locks end with the process, however it ends. */
export async function lock(path: string): Promise<AsyncDisposable> {
  for (;;) {
    const file = openLock(path);
    if (file === undefined) {
      await makePrivateFolder(folderOf(path));
      continue;
    }
    await file.lock(true);
    // Whoever had it before has removed the file: then this lock is on nothing that others would find.
    if (isAt(file, path)) {
      return {
        [Symbol.asyncDispose]: () => {
          removeLock(path);
          file.close();
          return Promise.resolve();
        },
      };
    }
    file.close();
  }
}

/** At once: to hand each of these steps to a thread takes longer than the step. Undefined where the folder is missing. */
function openLock(path: string): Deno.FsFile | undefined {
  try {
    const options = { read: true, write: true, create: true, mode: 0o600 };
    return Deno.openSync(path, options);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isAt(file: Deno.FsFile, path: string): boolean {
  // Windows removes no file that is open, so that the one there is the same.
  if (Deno.build.os === "windows") return true;
  try {
    const [own, there] = [file.statSync(), Deno.statSync(path)];
    // A umask may have taken from the owner what was asked for.
    if (((own.mode ?? 0) & 0o777) !== 0o600) Deno.chmodSync(path, 0o600);
    return own.ino === there.ino && own.dev === there.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** One that cannot be removed does no harm: what counts is who holds it. */
function removeLock(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Gone, or not to be removed.
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  // A config that is kept elsewhere, behind a link, stays there.
  const target = await realPath(path) ?? path;
  await demandFile(target);
  await makePrivateFolder(folderOf(target));
  const part = `${target}.${crypto.randomUUID()}.part`;
  try {
    const options = { write: true, createNew: true, mode: 0o600 };
    using file = await Deno.open(part, options);
    await writeAll(file, new TextEncoder().encode(text));
    await file.syncData();
    await setMode(part, 0o600);
    await Deno.rename(part, target);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}

/** A folder, or a device like /dev/null, is nothing that a file can take the place of. */
async function demandFile(path: string): Promise<void> {
  try {
    if ((await Deno.stat(path)).isFile) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new Error("it is no file that could be replaced");
}

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function folderOf(path: string): string {
  if (!/[\\/]/.test(path)) return ".";
  return path.replace(/[\\/][^\\/]*$/, "") || "/";
}

/** Makes `Host.write`, which waits for a write, but not for a stalled reader once the run is to end. */
function makeWrite(interrupt: AbortSignal): Host["write"] {
  const encoder = new TextEncoder();
  const waiting = new Set<(reason: unknown) => void>();
  const giveUpSoon = async (
    reject: (reason: unknown) => void,
  ): Promise<void> => {
    await sleep(LAST_WRITE_MS, new AbortController().signal);
    reject(interrupt.reason);
  };
  // One listener for all: to add and remove one for each write takes longer than the write.
  interrupt.addEventListener("abort", () => waiting.forEach(giveUpSoon));
  return (output) =>
    new Promise((resolve, reject) => {
      waiting.add(reject);
      if (interrupt.aborted) giveUpSoon(reject);
      writeAll(Deno[output.to], encoder.encode(output.text)).then(
        () => resolve(),
        (error) => {
          const failure = explainWrite(error, output.to);
          if (failure === undefined) resolve();
          else reject(failure);
        },
      ).finally(() => waiting.delete(reject));
    });
}

/** What a failed write means for the run; undefined when it goes on. */
function explainWrite(error: unknown, to: Output["to"]): Error | undefined {
  // Nothing can be told where stderr itself is gone or full.
  if (to === "stderr") return undefined;
  if (error instanceof Deno.errors.BrokenPipe) return new ClosedOutput();
  const why = error instanceof Error ? error.message : "unknown reason";
  const message = `Cannot write to ${to}: ${why}`;
  return new MekaError("internal", message, { cause: error });
}

async function writeAll(
  writer: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await writer.write(bytes.subarray(at));
  }
}

/**
 * Has the runtime trust the system's roots beside its own, and those in SSL_CERT_FILE beside both. It reads these names
 * when the first connection is made, and would take SSL_CERT_FILE for all of the system's roots if it were left. What they were before goes to `replaced`, for
 * the programs that this one starts.
 */
async function trustRoots(
  url: string,
  replaced: Map<string, string | undefined>,
): Promise<void> {
  const set = (name: string, value: string | undefined): void => {
    if (!replaced.has(name)) replaced.set(name, Deno.env.get(name));
    if (value === undefined) Deno.env.delete(name);
    else Deno.env.set(name, value);
  };
  const extra = Deno.env.get("SSL_CERT_FILE");
  if (extra) {
    if (url.startsWith("https:")) await demandCertificates(extra);
    set("DENO_CERT", extra);
    set("SSL_CERT_FILE", undefined);
  }
  if (!Deno.env.get("DENO_TLS_CA_STORE")) {
    set("DENO_TLS_CA_STORE", "mozilla,system");
  }
}

async function demandCertificates(path: string): Promise<void> {
  let text: string | undefined;
  try {
    text = await Deno.readTextFile(path);
  } catch {
    // Told below, like a file that holds something else.
  }
  if (text?.includes("-----BEGIN CERTIFICATE-----")) return;
  throw new MekaError(
    "config",
    `\`SSL_CERT_FILE\` names no file of certificates in PEM form: "${path}"`,
  );
}

/** The runtime gathers entropy for 40 ms before its first TLS connection: here that goes on beside other work. */
function prepareFetch(url: URL): void {
  if (url.protocol !== "https:") return;
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  crypto.subtle.generateKey(curve, false, ["sign"]).catch(() => {});
}

function listen(
  address: Parameters<Host["listen"]>[0],
  handle: Parameters<Host["listen"]>[1],
): ReturnType<Host["listen"]> {
  try {
    const server = Deno.serve({ ...address, onListen: () => {} }, handle);
    return { close: () => server.shutdown() };
  } catch (error) {
    // Taken, or no such address on this machine.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/** By `AbortSignal.timeout`, because the first `setTimeout` of a process loads the runtime's Node timers for 6 ms. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = AbortSignal.timeout(Math.min(Math.ceil(ms), 2 ** 31 - 1));
    const onTime = (): void => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    };
    const onAbort = (): void => {
      timer.removeEventListener("abort", onTime);
      reject(signal.reason);
    };
    timer.addEventListener("abort", onTime);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
