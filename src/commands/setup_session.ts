import { signIn } from "../auth/sign_in.ts";
import { databasePath } from "../config/paths.ts";
import { MekaError } from "../errors.ts";
import { inTransaction, openDatabase } from "../store/database.ts";
import {
  deleteTokens,
  readTokens,
  type TokenRow,
  writeTokens,
} from "../store/tokens.ts";
import type { CommandContext } from "./context.ts";
import { PROVIDER } from "./setup_plan.ts";
import type { Wizard } from "./wizard.ts";

/** A sign-in that is there, or has just been made. */
export interface Session {
  readonly row: TokenRow;
  /** Puts the sign-in back that was there before, unless another process changed it since. */
  undo(): Promise<void>;
}

/** Keeps the sign-in that is there, if a person says so, or makes a new one. */
export async function ensureSignedIn(
  issuer: URL,
  wizard: Wizard | undefined,
  context: CommandContext,
): Promise<Session> {
  const { host, options } = context;
  const path = databasePath(host);
  const { database, writable } = await openDatabase(path, host);
  try {
    if (!writable) throw cannotWrite(path);
    const before = readTokens(database, PROVIDER);
    const again = options.has("device") || options.has("no-browser") ||
      before === undefined || before.refusal !== undefined;
    if (!again && await wizard?.keepSignIn(before)) {
      return { row: before, undo: () => Promise.resolve() };
    }
    const openBrowser = !options.has("no-browser");
    const way = options.has("device")
      ? "device"
      : openBrowser
      ? await wizard?.way() ?? "browser"
      : "browser";
    await wizard?.stepAside();
    const row = await signIn({
      ...context,
      provider: PROVIDER,
      issuer,
      database,
      signal: host.interrupt,
      way,
      openBrowser,
      onDeviceRefused: async (error) =>
        await wizard?.browserInstead(error) ? { openBrowser } : undefined,
    });
    return { row, undo: () => putBack(before, row, context) };
  } finally {
    database.close();
  }
}

async function putBack(
  before: TokenRow | undefined,
  made: TokenRow,
  { host }: CommandContext,
): Promise<void> {
  const { database } = await openDatabase(databasePath(host), host);
  try {
    inTransaction(database, () => {
      const now = readTokens(database, PROVIDER);
      if (now?.accessToken !== made.accessToken) return;
      if (before === undefined) deleteTokens(database, PROVIDER);
      else writeTokens(database, before);
    });
  } finally {
    database.close();
  }
}

function cannotWrite(path: string): MekaError {
  return new MekaError(
    "internal",
    `Cannot store a sign-in: the database "${path}" cannot be written`,
    { hint: "Make the file and its folder writable, then try again" },
  );
}
