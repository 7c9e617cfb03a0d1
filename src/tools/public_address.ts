/** Tells whether a host in a URL is an address, and no name. */
export async function isAddress(host: string): Promise<boolean> {
  const { default: ipaddr } = await import("ipaddr.js");
  return ipaddr.isValid(host);
}

/** The service of a cloud for its own machines that lies at an address like everybody's. */
const METADATA: ReadonlySet<string> = new Set(["168.63.129.16"]);

/** The kinds of addresses that stand for an IPv4 address, which then counts. */
const WRAPPED: ReadonlySet<string> = new Set(["ipv4Mapped", "rfc6052"]);

/**
 * Tells whether an address is one of the public network: not of this machine, a private or a provider's network, a link,
 * a group, or the documentation. The library that knows them is loaded here.
 */
export async function isPublicAddress(address: string): Promise<boolean> {
  const { default: ipaddr } = await import("ipaddr.js");
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const wrapped = WRAPPED.has(parsed.range())
    ? ipaddr.fromByteArray(parsed.toByteArray().slice(-4))
    : parsed;
  return wrapped.range() === "unicast" && !METADATA.has(wrapped.toString());
}

/** Names that are only known in one's own network, wherever they are looked up. */
const LOCAL =
  /^[^.]+$|(?:^|\.)(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa)$/;

/** Tells whether a name is one of somebody's own network. */
export function isLocalName(name: string): boolean {
  return LOCAL.test(name.toLowerCase().replace(/\.$/, ""));
}
