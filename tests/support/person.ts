import { signIn, type SignInContext } from "../../src/auth/sign_in.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { readTokens, type TokenRow } from "../../src/store/tokens.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "./memory_host.ts";

/** Somebody at a terminal who signs in, with a data folder that is gone in the end. */
export interface Person extends AsyncDisposable {
  readonly host: MemoryHost;
  readonly folder: string;
  readonly database: Database;
  /** What was named a secret while signing in. */
  readonly secrets: readonly string[];
  /** Signs in with a browser unless the changes say otherwise. */
  signIn(changes?: Partial<SignInContext>): Promise<TokenRow>;
  row(): TokenRow | undefined;
}

/** Makes a person who signs in at this issuer, over the real network. */
export async function makePerson(
  issuer: URL,
  options: MemoryHostOptions = {},
): Promise<Person> {
  const folder = await Deno.makeTempDir();
  const host = memoryHost({ terminal: true, fetch, ...options });
  const { database } = await openDatabase(`${folder}/sessions.db`, host);
  const secrets: string[] = [];
  const context: SignInContext = {
    provider: "openai-codex",
    issuer,
    way: "browser",
    openBrowser: true,
    database,
    host,
    fetch: host.fetch,
    userAgent: "meka_cli/0",
    signal: host.interrupt,
    hide: (...more) => secrets.push(...more),
  };
  return {
    host,
    folder,
    database,
    secrets,
    signIn: (changes) => signIn({ ...context, ...changes }),
    row: () => readTokens(database, context.provider),
    [Symbol.asyncDispose]: async () => {
      database.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
