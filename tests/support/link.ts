/** Makes a symbolic link, which Deno lets only a program with all permissions do by itself. */
export async function link(target: string, path: string): Promise<void> {
  const { success } = await new Deno.Command("ln", {
    args: ["-s", target, path],
  }).output();
  if (!success) throw new Error(`cannot link "${path}"`);
}
