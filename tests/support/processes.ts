/** The processes with a word on their command line or in their environment; those that have ended are left out. */
export async function processesWith(word: string): Promise<readonly number[]> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["axeww", "-o", "pid=,stat=,command="],
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, state = "", ...command]) =>
      !state.startsWith("Z") && command.includes(word)
    )
    .map(([pid]) => Number(pid));
}
