import { openDatabase } from "../../src/store/database.ts";
import { writeTokens } from "../../src/store/tokens.ts";
import { denoHost } from "../../src/deno_host.ts";
import { Vault } from "../standin/tokens.ts";

/** The folders of a person who has signed in, and the token they hold. */
export interface Home {
  readonly env: Readonly<Record<string, string>>;
  readonly token: string;
}

const CONFIG = `[provider]
name = "openai-codex"
model = "gpt-5"
effort = "high"
`;

/** Writes config and database as `meka setup` leaves them, with a token that needs no refresh. */
export async function makeHome(folder: string): Promise<Home> {
  const config = `${folder}/config`;
  const data = `${folder}/data`;
  await Deno.mkdir(config, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${config}/config.toml`, CONFIG, { mode: 0o600 });
  const vault = new Vault({
    issuer: () => "https://auth.openai.com",
    now: Date.now,
    lifetimeSeconds: 7 * 24 * 3600,
    accountId: "7a1f0b52-4c3d-4e8f-9a6b-0d2c4e6f8a10",
    email: "person@example.com",
    plan: "plus",
  });
  const tokens = vault.mint(vault.open());
  const { database } = await openDatabase(
    `${data}/sessions.db`,
    denoHost().host,
  );
  writeTokens(database, {
    provider: "openai-codex",
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken,
    idToken: tokens.idToken,
    accountId: tokens.accountId,
    email: tokens.email,
    plan: tokens.plan,
    fedramp: false,
    expiresAt: Math.floor(tokens.expiresAt / 1000),
    refreshedAt: Date.now(),
    attemptedAt: undefined,
    refusal: undefined,
  });
  database.close();
  return {
    token: tokens.accessToken,
    env: { MEKA_CONFIG_DIR: config, MEKA_DATA_DIR: data },
  };
}
