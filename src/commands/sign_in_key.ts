import {
  findKey,
  type FoundKey,
  type KeyContext,
  needsNoStore,
  refusedKey,
} from "../auth/api_key.ts";
import { NOBODY, type SignIn, type SignInContext } from "./sign_in.ts";

/** The key of the environment, the config or `meka setup`, or none for a server on this machine. */
export function signInKey({ settings, store }: SignInContext): SignIn {
  const context: KeyContext = {
    provider: settings.provider.value,
    baseUrl: settings.baseUrl.value,
    setting: settings.apiKey,
    store,
  };
  let found: FoundKey | undefined;
  return {
    given: needsNoStore(context),
    cookies: false,
    owner: () => settings.baseUrl.value.href,
    identity: () => ({ ...NOBODY, key: found?.place }),
    current: async () => {
      found = await findKey(context);
      return { credential: found.credential, warnings: [] };
    },
    afterUnauthorized: () => {
      if (found === undefined) throw new Error("no key was sent");
      // There is no other one to try.
      throw refusedKey(found, context);
    },
  };
}
