/**
 * Asks on stderr and reads one line from the terminal, which does the editing; undefined at the end of input.
 *
 * @throws the reason of `interrupt` when it comes first.
 */
export async function promptLine(
  question: string,
  interrupt: AbortSignal,
): Promise<string | undefined> {
  await Deno.stderr.write(new TextEncoder().encode(question));
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(interrupt.reason);
  if (interrupt.aborted) onAbort();
  interrupt.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([readLine(), interrupted]);
  } finally {
    interrupt.removeEventListener("abort", onAbort);
  }
}

/** One line; a terminal hands out no more than that at once, and what follows stays with it. */
async function readLine(): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  let line = "";
  for (;;) {
    const length = await Deno.stdin.read(buffer);
    if (length === null) return line === "" ? undefined : line;
    line += decoder.decode(buffer.subarray(0, length), { stream: true });
    const end = line.indexOf("\n");
    if (end !== -1) return line.slice(0, end).replace(/\r$/, "");
  }
}
