import type { KeySetting } from "../config/resolve.ts";
import { MekaError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";
import type { KeyCredential } from "../message.ts";
import { readKey } from "../store/api_keys.ts";
import type { OpenedDatabase } from "../store/database.ts";

/** What finding a key needs. */
export interface KeyContext {
  /** The provider's name in the config. */
  readonly provider: string;
  readonly baseUrl: URL;
  /** The one that was set for this run. */
  readonly setting: KeySetting | undefined;
  /** Throws when it cannot be opened; asked only when no setting fits. */
  readonly store: () => Promise<OpenedDatabase>;
}

/** Where a key was found; "none" where none is needed. */
export type KeyPlace = "environment" | "file" | "stored" | "none";

/** A credential to send, and where it is from. */
export interface FoundKey {
  readonly credential: KeyCredential;
  readonly place: KeyPlace;
}

/**
 * The key for a base URL: one that was set for this run, else the stored one. It goes to its own origin only. A server
 * on this machine needs none.
 *
 * @throws {MekaError} "auth" when there is none and one is needed, or when it cannot be a key.
 */
export async function findKey(context: KeyContext): Promise<FoundKey> {
  const { baseUrl, setting } = context;
  if (isSet(context)) {
    const key = setting?.value.trim() ?? "";
    if (!isKey(key)) {
      throw new MekaError(
        "auth",
        `\`${setting?.name}\` holds a character that no key has`,
        { hint: "Set it to the key alone" },
      );
    }
    const place = setting?.origin === "file" ? "file" : "environment";
    return { credential: { type: "api_key", key }, place };
  }
  const optional = isLoopback(baseUrl.hostname);
  const key = await readStored(context, optional);
  if (key !== undefined) {
    return { credential: { type: "api_key", key }, place: "stored" };
  }
  if (!optional) throw noKey(context);
  return { credential: { type: "api_key", key: undefined }, place: "none" };
}

/** Tells whether a key can be had without the store, or none is needed. */
export function needsNoStore(
  context: Pick<KeyContext, "baseUrl" | "setting">,
): boolean {
  return isSet(context) || isLoopback(context.baseUrl.hostname);
}

/** The error of a server that answered 401, in terms of the key that it got. */
export function refusedKey(
  { place }: FoundKey,
  { baseUrl, setting, provider }: Omit<KeyContext, "store">,
): MekaError {
  if (place === "none") {
    return new MekaError("auth", `${baseUrl.host} asks for a key`, {
      hint: howToSetKey(provider),
    });
  }
  const key = place === "stored"
    ? "the key that `meka setup` stored"
    : place === "file"
    ? "the `api_key` in the config"
    : `the key in \`${setting?.name}\``;
  return new MekaError("auth", `${baseUrl.host} did not accept ${key}`, {
    hint: place === "stored"
      ? `Enter another one: \`meka setup --provider ${provider}\``
      : "Set another one there",
  });
}

/** Tells whether a text can be sent as a key. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function isSet(
  { baseUrl, setting }: Pick<KeyContext, "baseUrl" | "setting">,
): boolean {
  return setting !== undefined && setting.server === baseUrl.origin;
}

async function readStored(
  { provider, baseUrl, store }: KeyContext,
  optional: boolean,
): Promise<string | undefined> {
  try {
    const { database } = await store();
    return readKey(database, { provider, origin: baseUrl.origin });
  } catch (error) {
    // A server on this machine is asked without one, and says so itself if that was wrong.
    if (optional) return undefined;
    if (error instanceof MekaError) throw error;
    throw new MekaError("auth", "Cannot read the stored key", {
      hint: `Set \`OPENAI_API_KEY\`, or run \`meka setup\``,
      cause: error,
    });
  }
}

function noKey({ provider, baseUrl, setting }: KeyContext): MekaError {
  if (setting === undefined) {
    return new MekaError("auth", `There is no key for ${baseUrl.host}`, {
      hint: howToSetKey(provider),
    });
  }
  return new MekaError(
    "auth",
    `There is no key for ${baseUrl.host}: the \`api_key\` in the config is for ${setting.server}`,
    { hint: howToSetKey(provider) },
  );
}

function howToSetKey(provider: string): string {
  return `Run \`meka setup --provider ${provider}\`, or set \`OPENAI_API_KEY\``;
}
