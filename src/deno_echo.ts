/** What is typed on the terminal shows, unless it is hushed. */
export class TerminalEcho {
  #isHushed = false;

  /** Keeps what is typed from showing until it is disposed of, or the program ends; it is there for whoever reads next. */
  async hush(): Promise<AsyncDisposable> {
    // One that can be killed without a word would leave the terminal to its person like that.
    const restore = (): void => showSync();
    const onHangup = (): never => Deno.exit(129);
    const hasSignals = Deno.build.os !== "windows";
    globalThis.addEventListener("unload", restore);
    if (hasSignals) Deno.addSignalListener("SIGHUP", onHangup);
    this.#isHushed = await setEcho(false);
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#isHushed) await setEcho(true);
        this.#isHushed = false;
        if (hasSignals) Deno.removeSignalListener("SIGHUP", onHangup);
        globalThis.removeEventListener("unload", restore);
      },
    };
  }

  /** Does something that needs what is typed to show. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#isHushed) return await work();
    await setEcho(true);
    try {
      return await work();
    } finally {
      await setEcho(false);
    }
  }
}

/** Has the terminal show what is typed or not; tells whether that could be done. */
export async function setEcho(on: boolean): Promise<boolean> {
  try {
    return (await stty(on).output()).success;
  } catch {
    return false;
  }
}

function showSync(): void {
  try {
    stty(true).outputSync();
  } catch {
    // There is none; nothing was changed, then.
  }
}

function stty(on: boolean): Deno.Command {
  return new Deno.Command("stty", {
    args: [on ? "echo" : "-echo"],
    stdin: "inherit",
    stdout: "null",
    stderr: "null",
  });
}
