/** Commands that run the rest of their arguments in a world of their own. */
export type Inside = readonly [string, ...string[]];

/** Lets a program see one file in the place of another. */
export function withFile(file: string, over: string): Inside {
  const script = 'mount --bind "$0" "$1" && shift && exec "$@"';
  return [
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    script,
    file,
    over,
  ];
}

/** A network in which there is loopback over IPv4 and nothing else. */
export const IPV4_ALONE: Inside = [
  "unshare",
  "--user",
  "--map-root-user",
  "--net",
  "sh",
  "-c",
  'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && ip link set lo up && exec "$@"',
  "sh",
];

/** Tells whether this machine lets such a world be made. */
export function canMake([command, ...args]: Inside): boolean {
  try {
    return new Deno.Command(command, { args: [...args, "true"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}
