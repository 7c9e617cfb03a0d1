import type { Settings } from "../config/resolve.ts";
import { MekaError } from "../errors.ts";
import type { Limits } from "../event.ts";
import type { Host } from "../host.ts";
import type { Fetch } from "../http/fetch.ts";
import type { Credential, ModelInfo } from "../message.ts";
import { CookieJar } from "../http/cookie_jar.ts";
import { COOKIE_LIMITS } from "../http/set_cookie.ts";
import { withCookies } from "../http/with_cookies.ts";
import {
  explainDatabase,
  leaveDatabase,
  openDatabase,
  type OpenedDatabase,
} from "../store/database.ts";
import { type Owner, readCatalogue, readModel } from "../store/catalogues.ts";
import { readCookies, writeCookies } from "../store/cookies.ts";
import { readUsage, type StoredUsage, writeUsage } from "../store/limits.ts";
import type { CredentialAnswer, CredentialSource } from "../stream_turn.ts";
import { type CommandContext, warn } from "./context.ts";
import { type Identity, NOBODY, SIGN_INS, type SignIn } from "./sign_in.ts";

/** How long unchanged limits are as good as told anew, in milliseconds. */
const KNOWN_MS = 60_000;

/** The way to the provider: a fetch with the stored cookies, and the sign-in. */
export interface ProviderAccess extends AsyncDisposable {
  /** For requests to the provider. */
  readonly fetch: Fetch;
  readonly credentials: CredentialSource;
  /** The store; undefined when it cannot be opened, which the first credential's warnings tell. */
  readonly opened: OpenedDatabase | undefined;
  /** What a run leaves behind can be written to the store. */
  readonly keeps: boolean;
  /** Saves the service's cookies, and takes up those of other runs: for between the turns of a long run. */
  readonly shareCookies: () => void;
  /** No more warnings of a store that cannot be written: one is enough. */
  readonly storeTold: () => void;
  /** The stored facts about the account; undefined when the store cannot be opened. */
  readonly account: AccountStore | undefined;
  /** Whose the sign-in is, for `meka status`. */
  identity(): Identity;
  /** The credential can be had without the store. */
  readonly given: boolean;
}

/** What is kept of the account that this run uses. A store that fails keeps nothing, and says nothing. */
export interface AccountStore {
  readonly opened: OpenedDatabase;
  readonly owner: Owner;
}

/** What {@linkcode openAccess} is given. */
export interface AccessOptions {
  /** What the provider wants as proof. */
  readonly credential: Credential["type"];
  readonly settings: Settings;
  readonly databasePath: string;
  /** For any server: traced where that was asked for. */
  readonly fetch: Fetch;
}

/**
 * Opens the store for one run. A store that cannot be used is told in a warning where the sign-in can be had without it,
 * and is an error else. On disposal cookies that changed are saved.
 */
export async function openAccess(
  context: CommandContext,
  options: AccessOptions,
): Promise<ProviderAccess> {
  const { host } = context;
  const { settings } = options;
  const [store, makeSignIn] = await Promise.all([
    openStore(options.databasePath, host),
    SIGN_INS[options.credential](),
  ]);
  const signIn = makeSignIn({
    context,
    settings,
    fetch: options.fetch,
    store: () => {
      if (store.opened === undefined) throw store.error;
      return Promise.resolve(store.opened);
    },
  });
  const cookies = signIn.cookies
    ? readJar(store, settings.baseUrl.value.hostname, host.now())
    : NO_COOKIES;
  const { jar } = cookies;
  const account = accountOf(store.opened, settings.provider.value, signIn);
  const hidden = (answer: CredentialAnswer): CredentialAnswer => {
    context.hide(secretOf(answer.credential));
    return answer;
  };
  const inTurn = oneAfterTheOther();
  const baseUrl = settings.baseUrl.value;
  const fetch = signIn.cookies
    ? withCookies(options.fetch, { jar, baseUrl, now: host.now })
    : options.fetch;
  const keeps = (store.opened?.writable ?? false) && !cookies.broken;
  const shareCookies = (): string | undefined => {
    if (!cookies.kept || store.opened === undefined) return undefined;
    const now = host.now();
    const failure = saveJar(store, jar, now);
    if (failure !== undefined) return failure;
    const { database } = store.opened;
    try {
      jar.refill(readCookies(database, settings.baseUrl.value.hostname, now));
    } catch {
      // Those that are known are as good.
    }
    return undefined;
  };
  // Once for all turns of a run.
  let unsaid: readonly string[] = [
    ...storeWarnings(store, signIn),
    ...cookies.warnings,
  ];
  let unsaved: string | undefined;
  let told = false;
  return {
    opened: store.opened,
    keeps,
    shareCookies: () => {
      unsaved = shareCookies() ?? unsaved;
    },
    storeTold: () => {
      told = true;
    },
    account,
    given: signIn.given,
    fetch: async (request) => {
      const response = await fetch(request);
      context.hide(...jar.list().map((cookie) => cookie.value));
      return response;
    },
    credentials: {
      current: async (signal) => {
        const answer = await inTurn(() => signIn.current(signal));
        const warnings = [...unsaid, ...answer.warnings];
        unsaid = [];
        return hidden({ ...answer, warnings });
      },
      afterUnauthorized: async (spent, signal) => {
        const answer = await inTurn(() =>
          signIn.afterUnauthorized(spent, signal)
        );
        return answer && hidden(answer);
      },
    },
    identity: () => {
      try {
        return signIn.identity(store.opened?.database);
      } catch {
        return NOBODY; // a damaged store tells nothing
      }
    },
    [Symbol.asyncDispose]: async () => {
      const failure = cookies.kept
        ? saveJar(store, jar, host.now()) ?? unsaved
        : undefined;
      if (store.opened !== undefined) {
        const { path } = store;
        await leaveDatabase(store.opened.database, { path, host });
      }
      if (failure !== undefined && !told) await warn(context, failure);
    },
  };
}

function accountOf(
  opened: OpenedDatabase | undefined,
  provider: string,
  signIn: SignIn,
): AccountStore | undefined {
  if (opened === undefined) return undefined;
  try {
    const accountId = signIn.owner(opened.database);
    return { opened, owner: { provider, accountId } };
  } catch {
    return undefined; // told when the credential is read
  }
}

/**
 * Lets works begin when the one before them has ended. A refresh of the sign-in is a transaction on the only connection
 * of a run: two turns at once would each take the other's for their own, and a refresh token works once.
 */
function oneAfterTheOther(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}

function secretOf(credential: Credential): string {
  return credential.type === "oauth"
    ? credential.accessToken
    : credential.key ?? "";
}

/** What the account's catalogue says of a model, where it is kept and has it. */
export function knownModel(
  { account }: ProviderAccess,
  id: string,
): ModelInfo | undefined {
  try {
    return account &&
      readModel(account.opened.database, account.owner, id);
  } catch {
    return undefined; // a damaged list is as good as none
  }
}

/** The names of the account's models, where they are kept. */
export function accountModels({ account }: ProviderAccess): readonly string[] {
  try {
    const kept = account &&
      readCatalogue(account.opened.database, account.owner);
    return (kept?.models ?? []).filter(({ listed }) => listed)
      .map(({ id }) => id);
  } catch {
    return [];
  }
}

/** Keeps what turns tell about the plan's windows, for a time without a network. */
export function limitsKeeper(
  { account }: ProviderAccess,
  host: Pick<Host, "now">,
): (limits: Limits) => void {
  if (!account?.opened.writable) return () => {};
  const { opened: { database }, owner } = account;
  // A run of many turns is told the same with each of them.
  let known: StoredUsage | undefined;
  return (limits) => {
    const now = host.now();
    try {
      if (known !== undefined && isFresh(known, limits, now)) return;
      known = readUsage(database, owner);
      if (known !== undefined && isFresh(known, limits, now)) return;
      const { plan, credits } = known?.usage ?? {};
      const told = { usage: { plan, credits, limits }, toldAt: now };
      writeUsage(database, owner, told);
      known = told;
    } catch {
      // Nobody asked for them yet; the next answer brings new ones.
    }
  };
}

/** A write waits for the disk when the database is closed: not worth it to tell the same a moment later. */
function isFresh(
  { toldAt, usage }: StoredUsage,
  limits: Limits,
  now: number,
): boolean {
  const age = now - toldAt;
  return age >= 0 && age < KNOWN_MS &&
    JSON.stringify(usage.limits) === JSON.stringify(limits);
}

/** Tells what a run without a model lacks first: a sign-in, or only the model's name. */
export async function explainMissingModel(
  { credentials }: ProviderAccess,
  signal: AbortSignal,
): Promise<MekaError> {
  await credentials.current(signal);
  return new MekaError("config", "No model is chosen", {
    hint: "Pass `--model NAME`, or run `meka setup`",
  });
}

interface Store {
  readonly opened: OpenedDatabase | undefined;
  /** Why it is not open. */
  readonly error: MekaError | undefined;
  readonly path: string;
}

async function openStore(
  path: string,
  host: CommandContext["host"],
): Promise<Store> {
  try {
    const opened = await openDatabase(path, host);
    return { opened, error: undefined, path };
  } catch (error) {
    if (!(error instanceof MekaError)) throw error;
    return { opened: undefined, error, path };
  }
}

function storeWarnings(
  { opened, error, path }: Store,
  { given }: SignIn,
): readonly string[] {
  const lost = "nothing of this run is kept";
  if (error !== undefined) {
    // Where the credential is in it, its error is told instead.
    return given ? [`${error.message}; ${lost}`] : [];
  }
  return opened?.writable
    ? []
    : [`The database "${path}" can only be read; ${lost}`];
}

interface Cookies {
  readonly jar: CookieJar;
  /** Whether its changes are worth an attempt to save them. */
  readonly kept: boolean;
  /** The store could not be read. */
  readonly broken?: true;
  readonly warnings: readonly string[];
}

const NO_COOKIES: Cookies = {
  jar: new CookieJar(),
  kept: false,
  warnings: [],
};

/** A jar that cannot be filled starts empty: cookies ease a request, and never decide one. */
function readJar({ opened }: Store, host: string, now: number): Cookies {
  if (opened === undefined) {
    return { jar: new CookieJar(), kept: false, warnings: [] };
  }
  try {
    const jar = new CookieJar(readCookies(opened.database, host, now));
    return { jar, kept: opened.writable, warnings: [] };
  } catch (error) {
    const warning = `Cannot read the service's cookies: ${
      explainDatabase(error)
    }; nothing of this run is kept`;
    const jar = new CookieJar();
    return { jar, kept: false, broken: true, warnings: [warning] };
  }
}

/** Says what went wrong, if anything did. */
function saveJar(
  { opened }: Store,
  jar: CookieJar,
  now: number,
): string | undefined {
  if (opened === undefined || !jar.changed) return undefined;
  const { perDomain, total } = COOKIE_LIMITS;
  try {
    writeCookies(opened.database, jar.takeChanges(), { now, perDomain, total });
    return undefined;
  } catch (error) {
    return `Cannot keep the service's cookies: ${explainDatabase(error)}`;
  }
}
