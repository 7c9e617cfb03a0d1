import { isLoopback } from "../loopback.ts";
import {
  type Cookie,
  COOKIE_LIMITS,
  domainMatches,
  pathMatches,
  readSetCookie,
} from "./set_cookie.ts";

/** An access is worth a write to the disk when it is the first of its hour. */
const HOUR_MS = 3_600_000;

/** What became of a jar's cookies since it was filled. */
export interface CookieChanges {
  readonly set: readonly Cookie[];
  /** Sent again, and otherwise as they were. */
  readonly accessed: readonly Cookie[];
  /** Deleted by the server or evicted, at their `accessedAt`; not those that merely expired. */
  readonly removed: readonly Cookie[];
}

/**
 * The cookies of RFC 6265, told the time in each call. Plain http is left out in both directions, except on a loopback
 * host, which counts as secure; so nothing insecure can read or replace a `Secure` cookie.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const jar = new CookieJar();
 * const url = new URL("https://chatgpt.com/backend-api/models");
 * jar.store(url, ["__cf_bm=abc; Path=/; Domain=.chatgpt.com; Secure"], 0);
 * assert.equal(jar.header(url, 1000), "__cf_bm=abc");
 * assert.equal(jar.header(new URL("https://example.com/"), 1000), undefined);
 * ```
 */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();
  readonly #changes = new Map<
    string,
    { type: keyof CookieChanges; cookie: Cookie }
  >();

  constructor(cookies: Iterable<Cookie> = []) {
    this.refill(cookies);
  }

  /** Has just these cookies from now on; what changed before should have been saved. */
  refill(cookies: Iterable<Cookie>): void {
    this.#cookies.clear();
    for (const cookie of cookies) this.#cookies.set(keyOf(cookie), cookie);
  }

  /** Tells whether there is anything to save. */
  get changed(): boolean {
    return this.#changes.size > 0;
  }

  /** All cookies in the order they were added; expired ones may be among them. */
  list(): readonly Cookie[] {
    return [...this.#cookies.values()];
  }

  /** Hands over what is to be saved and forgets that it was. */
  takeChanges(): CookieChanges {
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    const all = (wanted: keyof CookieChanges): readonly Cookie[] =>
      changes.filter(({ type }) => type === wanted).map((c) => c.cookie);
    return {
      set: all("set"),
      accessed: all("accessed"),
      removed: all("removed"),
    };
  }

  /** Takes the `Set-Cookie` values of a response (RFC 6265, section 5.3); what the rules refuse is ignored. */
  store(url: URL, setCookie: readonly string[], now: number): void {
    if (!isSecure(url)) return;
    for (const text of setCookie) {
      const cookie = readSetCookie(text, url, now);
      if (cookie === undefined) continue;
      const key = keyOf(cookie);
      const old = this.#cookies.get(key);
      if (cookie.expiresAt <= now) {
        if (old !== undefined) this.#remove(key, old, now);
        continue;
      }
      const createdAt = old?.createdAt ?? cookie.createdAt;
      this.#put("set", { ...cookie, createdAt });
      this.#evict(cookie.domain, now);
    }
  }

  /** The `Cookie` value for a request (RFC 6265, section 5.4), or undefined when no cookie goes with it. */
  header(url: URL, now: number): string | undefined {
    if (!isSecure(url)) return undefined;
    const fitting = [...this.#cookies.values()].filter((cookie) =>
      cookie.expiresAt > now && domainFits(cookie, url.hostname) &&
      pathMatches(url.pathname, cookie.path)
    );
    const sent = withinHeader(fitting).sort((a, b) =>
      b.path.length - a.path.length || a.createdAt - b.createdAt
    );
    for (const cookie of sent) this.#access(cookie, now);
    if (sent.length === 0) return undefined;
    return sent.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  #put(type: "set" | "accessed", cookie: Cookie): void {
    const key = keyOf(cookie);
    this.#cookies.set(key, cookie);
    this.#changes.set(key, { type, cookie });
  }

  #remove(key: string, cookie: Cookie, now: number): void {
    this.#cookies.delete(key);
    const removed = { ...cookie, accessedAt: now };
    this.#changes.set(key, { type: "removed", cookie: removed });
  }

  #access(cookie: Cookie, now: number): void {
    const accessed = { ...cookie, accessedAt: now };
    const key = keyOf(cookie);
    const pending = this.#changes.get(key)?.type;
    if (pending !== undefined || hourOf(now) !== hourOf(cookie.accessedAt)) {
      this.#put(pending === "set" ? "set" : "accessed", accessed);
    } else {
      this.#cookies.set(key, accessed);
    }
  }

  /** RFC 6265, section 5.3, last list: expired ones, then those of a crowded domain, then any, the idlest first. */
  #evict(domain: string, now: number): void {
    for (const [key, cookie] of this.#cookies) {
      // No change to save: the table is purged by time, and another process may hold a fresh one.
      if (cookie.expiresAt <= now) this.#cookies.delete(key);
    }
    const crowd = this.list().filter((cookie) => cookie.domain === domain);
    this.#evictIdlest(crowd, COOKIE_LIMITS.perDomain, now);
    this.#evictIdlest(this.list(), COOKIE_LIMITS.total, now);
  }

  #evictIdlest(
    cookies: readonly Cookie[],
    limit: number,
    now: number,
  ): void {
    if (cookies.length <= limit) return;
    const idlest = cookies.toSorted((a, b) => a.accessedAt - b.accessedAt);
    for (const cookie of idlest.slice(0, cookies.length - limit)) {
      this.#remove(keyOf(cookie), cookie, now);
    }
  }
}

/** Leaves out what has been idle longest once the header is full. */
function withinHeader(cookies: readonly Cookie[]): Cookie[] {
  let bytes = 0;
  const kept = new Set(
    cookies.toSorted((a, b) => b.accessedAt - a.accessedAt)
      .filter(({ name, value }) => {
        const size = name.length + value.length + "=; ".length;
        if (bytes + size > COOKIE_LIMITS.headerBytes) return false;
        bytes += size;
        return true;
      }),
  );
  return cookies.filter((cookie) => kept.has(cookie));
}

function domainFits(cookie: Cookie, host: string): boolean {
  return cookie.hostOnly
    ? cookie.domain === host
    : domainMatches(host, cookie.domain);
}

function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === "https:" ||
    (protocol === "http:" && isLoopback(hostname));
}

function hourOf(epochMs: number): number {
  return Math.floor(epochMs / HOUR_MS);
}

function keyOf({ domain, path, name }: Cookie): string {
  return `${domain}\n${path}\n${name}`;
}
