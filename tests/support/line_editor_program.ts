import { denoHost } from "../../src/deno_host.ts";

/**
 * Reads lines on a terminal and says what was typed, until Ctrl-D. Some lines are commands: "exit", "throw" and "reject"
 * end the program while the next line is read; after "answer" it reads nothing before it gets SIGUSR2, after "abort" it
 * gives up the next line then; after "catch" it waits for SIGINT, and after "catch twice" for another one.
 */
const { host, exit } = denoHost();

const names = ["/model", "/mode", "/quit"];
const history = ["first", "second\nof two", "third"];

const editor = await host.lineEditor({
  complete: (text, cursor) => {
    const typed = text.slice(0, cursor);
    return {
      from: 0,
      candidates: names.filter((name) => name.startsWith(typed)),
    };
  },
});

function say(text: string): Promise<void> {
  return host.write({ to: "stdout", text: `${text}\n` });
}

function signaled(): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      Deno.removeSignalListener("SIGUSR2", done);
      resolve();
    };
    Deno.addSignalListener("SIGUSR2", done);
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function catchInterrupt(twice: boolean): Promise<void> {
  using caught = host.catchInterrupt();
  const pressed = aborted(caught.signal);
  const ended = aborted(host.interrupt);
  await say("catching");
  await pressed;
  await say(`caught, the run ${host.interrupt.aborted ? "ends" : "goes on"}`);
  if (twice) await ended;
}

/** What a line asks for; the signal that ends the next one. */
async function obey(line: string): Promise<AbortSignal | undefined> {
  switch (line) {
    case "exit":
      setTimeout(() => exit(7));
      return undefined;
    case "throw":
      setTimeout(() => {
        throw new Error("thrown");
      });
      return undefined;
    case "reject":
      setTimeout(() => {
        Promise.reject(new Error("rejected"));
      });
      return undefined;
    case "answer": {
      const end = signaled();
      await say("answering");
      await end;
      return undefined;
    }
    case "abort": {
      const controller = new AbortController();
      signaled().then(() => controller.abort(new Error("given up")));
      return controller.signal;
    }
    case "catch":
    case "catch twice":
      await catchInterrupt(line === "catch twice");
      return undefined;
    default:
      return undefined;
  }
}

await say(`process ${Deno.pid}`);
for (let signal: AbortSignal | undefined;;) {
  try {
    const input = await editor.read("> ", {
      history,
      ...signal === undefined ? {} : { signal },
    });
    await say(JSON.stringify(input));
    if (input.type === "end") break;
    signal = input.type === "line" ? await obey(input.text) : undefined;
    if (input.type === "line") history.push(input.text);
  } catch (error) {
    await say(error instanceof Error ? error.message : "?");
    if (!signal?.aborted) exit(9);
    signal = undefined;
  }
}
exit(0);
