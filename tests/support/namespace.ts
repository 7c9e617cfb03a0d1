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

/** Lets a program see a folder that nothing can be written to, not even by root. */
export function readOnlyFolder(folder: string): Inside {
  return mounted(
    'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"',
    folder,
  );
}

/** Lets a program see a folder's files on a disk of their own, on which there is no room for more. */
export function fullDisk(folder: string): Inside {
  return mounted(
    'copy=$(mktemp -d) && cp -a "$0/." "$copy" && mount -t tmpfs -o size=8M tmpfs "$0" && ' +
      'cp -a "$copy/." "$0" && rm -r "$copy" && { cat /dev/zero > "$0/rest" 2>/dev/null || true; }',
    folder,
  );
}

function mounted(script: string, folder: string): Inside {
  return [
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    `${script} && exec "$@"`,
    folder,
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
