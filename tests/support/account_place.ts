import { openDatabase } from "../../src/store/database.ts";
import type { FlagName } from "../../src/cli/flags.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import type { MekaError } from "../../src/errors.ts";
import type { Output } from "../../src/host.ts";
import { oneLine } from "../../src/http/redact.ts";
import { type TokenRow, writeTokens } from "../../src/store/tokens.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "./memory_host.ts";
import { type Reply, scriptedFetch } from "./scripted_fetch.ts";
import { tokenRow } from "./token_row.ts";
import { accountClaims, jwt } from "./tokens.ts";

/** A token that lives until the year 2030, long after {@linkcode NOW}. */
export const TOKEN = jwt(accountClaims("acct", { exp: 1_900_000_000 }));

/** The clock of an {@linkcode AccountPlace}. */
export const NOW = 1_800_000_000_000;

/** A signed-in person in memory, but for the database, which is in a folder of its own. */
export interface AccountPlace extends AsyncDisposable {
  readonly host: MemoryHost;
  readonly path: string;
  readonly requests: readonly Request[];
  context(
    options?: Partial<Record<FlagName, string>>,
    words?: readonly string[],
  ): CommandContext;
  /** What would stand on stdout after a throw. */
  ending(error: MekaError): readonly Output[] | undefined;
}

/** Builds an {@linkcode AccountPlace}. */
export async function accountPlace(
  { replies = [], row = {}, ...options }:
    & Omit<MemoryHostOptions, "fetch">
    & {
      readonly replies?: readonly Reply[];
      /** False for nobody. */
      readonly row?: Partial<TokenRow> | false;
    } = {},
): Promise<AccountPlace> {
  const folder = await Deno.makeTempDir({ prefix: "meka-" });
  const path = `${folder}/sessions.db`;
  const host = memoryHost({
    now: NOW,
    ...options,
    env: {
      MEKA_CONFIG_DIR: "/config",
      MEKA_DATA_DIR: folder,
      MEKA_MODEL: "gpt-x",
      ...options.env,
    },
  });
  if (row !== false) {
    const { database } = await openDatabase(path, host);
    const signIn = { accessToken: TOKEN, refreshedAt: NOW - 3_600_000, ...row };
    writeTokens(database, tokenRow(signIn));
    database.close();
  }
  const { fetch, requests } = scriptedFetch(...replies);
  let end: ((error: MekaError) => readonly Output[]) | undefined;
  return {
    host,
    path,
    requests,
    context: (given = {}, words = []) => ({
      host,
      fetch,
      options: new Map(
        Object.entries(given).map(([name, value]) =>
          [name, [value]] as [FlagName, string[]]
        ),
      ),
      words,
      userAgent: "meka_cli/0",
      clean: (text) => oneLine(text, 1000),
      hide: () => {},
      onFailure: (told) => {
        end = told;
      },
    }),
    ending: (error) => end?.(error),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
