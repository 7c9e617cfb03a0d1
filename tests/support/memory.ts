/** The resident memory of a process, in megabytes; Linux only. */
export async function residentMegabytes(pid: number): Promise<number> {
  // Deno lets a program with restricted permissions read nothing below /proc.
  const { stdout } = await new Deno.Command("grep", {
    args: ["VmRSS", `/proc/${pid}/status`],
  }).output();
  const kilobytes = /(\d+) kB/.exec(new TextDecoder().decode(stdout))?.[1];
  if (kilobytes === undefined) throw new Error(`no process ${pid}`);
  return Number(kilobytes) / 1024;
}
