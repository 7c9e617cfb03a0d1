interface Issued {
  readonly name: string;
  readonly value: string;
  /** When it stops to be valid, in milliseconds. */
  readonly expiresAt: number;
  /** The answer it came with, counted up. */
  readonly answer: number;
}

interface Ledger {
  readonly issued: Issued[];
  /** The last answer that the client got whole: its cookies and older ones must be known to it. */
  whole: number;
}

/** Cookies that no client may ever send back: another host's, another path's, and one that is over at once. */
const NEVER_BACK = [
  "stray_domain=1; Domain=example.com; Path=/",
  "stray_path=1; Path=/backend-api/elsewhere",
  "stray_expired=1; Path=/; Max-Age=0",
] as const;

/** Which cookies were set for which sign-in, and what has to come back. */
export class CookieLedger {
  readonly #ledgers = new Map<string, Ledger>();
  #answers = 0;

  /** Makes the `Set-Cookie` lines of one answer. */
  issue(grant: string, now: number): { answer: number; lines: string[] } {
    const answer = ++this.#answers;
    const ledger = this.#of(grant);
    // A benchmark asks thousands of times: what expired or was replaced long ago is forgotten.
    if (ledger.issued.length > 1000) ledger.issued.splice(0, 500);
    const stamp = `${answer}.${crypto.randomUUID()}`;
    const kinds = [
      // The session cookies get a day: the contract keeps one without an expiry for that long.
      {
        name: "__cf_bm",
        keep: 1800,
        attributes: "Path=/; HttpOnly; Max-Age=1800",
      },
      { name: "_cfuvid", keep: 86_400, attributes: "Path=/; HttpOnly" },
      {
        name: "__cflb",
        keep: 82_800,
        attributes: `Path=/; HttpOnly; Expires=${
          new Date(now + 82_800_000).toUTCString()
        }`,
      },
      {
        name: "__oailb",
        keep: 3600,
        attributes: "Path=/backend-api; Max-Age=3600",
      },
      {
        name: "cf_clearance",
        keep: 31_536_000,
        attributes: "Path=/; HttpOnly; Secure; SameSite=None; Max-Age=31536000",
      },
    ];
    const lines = kinds.map(({ name, keep, attributes }) => {
      // Only the bot-management cookie changes with every answer, the others are set once.
      const known = ledger.issued.findLast((cookie) =>
        cookie.name === name && cookie.expiresAt > now
      );
      const value = name === "__cf_bm" || known === undefined
        ? `${name.replaceAll("_", "")}-${stamp}`
        : known.value;
      ledger.issued.push({ name, value, expiresAt: now + keep * 1000, answer });
      return `${name}=${value}; ${attributes}`;
    });
    return { answer, lines: [...lines, ...NEVER_BACK] };
  }

  /** Notes that the client got an answer whole. */
  delivered(grant: string, answer: number): void {
    const ledger = this.#of(grant);
    ledger.whole = Math.max(ledger.whole, answer);
  }

  /** Lists what is wrong with a `Cookie` header. */
  problems(
    grant: string,
    header: string | null,
    options: { now: number; expected: boolean },
  ): string[] {
    const ledger = this.#of(grant);
    const problems: string[] = [];
    const sent = new Map<string, string>();
    for (const pair of header === null ? [] : header.split("; ")) {
      const [name = "", ...rest] = pair.split("=");
      if (sent.has(name)) problems.push(`cookie ${name} sent twice`);
      sent.set(name, rest.join("="));
    }
    for (const [name, value] of sent) {
      const known = ledger.issued.findLast((cookie) =>
        cookie.name === name && cookie.value === value
      );
      if (known === undefined) {
        // A host's cookies outlive a sign-in: those of an earlier one come along until they are replaced.
        if (!this.#wasIssued(name, value)) {
          problems.push(`cookie ${name} was never set with this value`);
        }
      } else if (known.expiresAt <= options.now) {
        problems.push(`cookie ${name} has expired`);
      } else if (
        options.expected &&
        ledger.issued.some((newer) =>
          replaces(newer, known) && newer.answer <= ledger.whole
        )
      ) {
        problems.push(`cookie ${name} has been replaced`);
      }
    }
    if (!options.expected) return problems;
    const due = new Set(
      ledger.issued.filter((cookie) =>
        cookie.answer <= ledger.whole && cookie.expiresAt > options.now
      )
        .map((cookie) => cookie.name),
    );
    for (const name of due) {
      if (!sent.has(name)) problems.push(`cookie ${name} did not come back`);
    }
    return problems;
  }

  #wasIssued(name: string, value: string): boolean {
    return [...this.#ledgers.values()].some(({ issued }) =>
      issued.some((cookie) => cookie.name === name && cookie.value === value)
    );
  }

  #of(grant: string): Ledger {
    const found = this.#ledgers.get(grant);
    if (found !== undefined) return found;
    const ledger: Ledger = { issued: [], whole: 0 };
    this.#ledgers.set(grant, ledger);
    return ledger;
  }
}

function replaces(newer: Issued, older: Issued): boolean {
  return newer.name === older.name && newer.value !== older.value &&
    newer.answer > older.answer;
}
