import type { Host } from "./host.ts";

/** How long a program may take to read a text, in milliseconds. */
const PATIENCE_MS = 2_000;

type Command = readonly [program: string, ...args: readonly string[]];

/** {@linkcode Host.copyText} on Deno: the first program that takes the text. */
export async function copyText(
  text: string,
  place: Pick<Host, "env" | "machine">,
): Promise<string | undefined> {
  for (const command of clipboards(place)) {
    if (await hand(text, command)) return command[0];
  }
  return undefined;
}

/** The programs that may reach the clipboard of whoever sits at the terminal. */
export function clipboards(
  { env, machine }: Pick<Host, "env" | "machine">,
): readonly Command[] {
  if (machine.os === "windows") return [["clip.exe"]];
  const commands: Command[] = [];
  // Over SSH these would fill the clipboard of a machine that nobody sits at.
  const isNear = env("SSH_CONNECTION") === undefined &&
    env("SSH_TTY") === undefined;
  if (isNear && machine.os === "darwin") commands.push(["pbcopy"]);
  if (isNear && env("WAYLAND_DISPLAY") !== undefined) {
    commands.push(["wl-copy"]);
  }
  if (isNear && env("DISPLAY") !== undefined) {
    commands.push(["xclip", "-selection", "clipboard"]);
    commands.push(["xsel", "--clipboard", "--input"]);
  }
  if (isNear && env("WSL_DISTRO_NAME") !== undefined) {
    commands.push(["clip.exe"]);
  }
  // It keeps control sequences for the clipboard to itself unless it is told otherwise.
  if (env("TMUX") !== undefined) {
    commands.push(["tmux", "load-buffer", "-w", "-"]);
  }
  return commands;
}

async function hand(
  text: string,
  [program, ...args]: Command,
): Promise<boolean> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).spawn();
  } catch {
    return false; // not here
  }
  try {
    const writer = child.stdin.getWriter();
    await writer.write(encode(text, program));
    await writer.close();
  } catch {
    // It has ended without reading; its status tells.
  }
  return (await child.status).success;
}

/** The one of Windows takes anything else for the code page of old. */
function encode(text: string, program: string): Uint8Array<ArrayBuffer> {
  if (program !== "clip.exe") return new TextEncoder().encode(text);
  const marked = `\ufeff${text}`;
  const units = Uint16Array.from(
    { length: marked.length },
    (_, at) => marked.charCodeAt(at),
  );
  return new Uint8Array(units.buffer);
}
