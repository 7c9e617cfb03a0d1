import { findKey, type FoundKey, isKey } from "../auth/api_key.ts";
import {
  editProvider,
  type ProviderChanges,
  readProvider,
} from "../config/edit.ts";
import { configPath, databasePath } from "../config/paths.ts";
import { readConfigText } from "../config/read_config_text.ts";
import { resolveSettings, type Settings } from "../config/resolve.ts";
import { readConfig } from "../config/schema.ts";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import type { Catalogue } from "../message.ts";
import { PROVIDERS } from "../providers/mod.ts";
import { writeKey } from "../store/api_keys.ts";
import { writeCatalogue } from "../store/catalogues.ts";
import { openDatabase, type OpenedDatabase } from "../store/database.ts";
import { type CommandContext, text as option, warn } from "./context.ts";
import { askService } from "./question.ts";
import type { Wizard } from "./wizard.ts";

/** The provider that a key is for. */
const PROVIDER = "openai-api";

const EXAMPLE =
  `For example \`meka setup --provider ${PROVIDER} --model gpt-5 --api-key-stdin < key.txt\``;

/** A server, and the key it is asked with. */
export interface KeyEntry {
  readonly baseUrl: URL;
  /** Undefined for a server that asks for none. */
  readonly key: string | undefined;
}

/** What to keep of a set-up. */
export interface KeySetup {
  readonly baseUrl: URL;
  /** What to write as `base_url`; undefined leaves that as it is. */
  readonly writtenBaseUrl: string | undefined;
  /** The key to store; undefined stores none, and leaves one that is stored. */
  readonly newKey: string | undefined;
  readonly model: string;
  readonly effort: string | undefined;
  /** What {@linkcode checkKey} told. */
  readonly catalogue: Catalogue | undefined;
}

/**
 * Asks the server for its models, which shows that the key is good.
 *
 * @returns The list, or undefined with a warning when the server has none to show: then the key is not checked.
 * @throws {MekaError} "auth" when the key is not accepted, "network" when the server cannot be reached.
 */
export async function checkKey(
  { baseUrl, key }: KeyEntry,
  context: CommandContext,
): Promise<Catalogue | undefined> {
  const { host, fetch, userAgent } = context;
  const provider = await PROVIDERS[PROVIDER].load();
  if (provider.catalogue === undefined) return undefined;
  if (key !== undefined) context.hide(key);
  const credential = { type: "api_key", key } as const;
  try {
    const { value } = await askService(provider.catalogue, {
      host,
      provider,
      baseUrl,
      userAgent,
      access: {
        fetch,
        credentials: {
          current: () => Promise.resolve({ credential, warnings: [] }),
          afterUnauthorized: () => {
            throw notAccepted({ baseUrl, key });
          },
        },
      },
    });
    return value;
  } catch (error) {
    // Not every server lists its models, and not every key may ask for the list.
    if (!(error instanceof MekaError) || error.kind !== "refused") throw error;
    const hint = error.hint === undefined ? "" : `. ${error.hint}`;
    await warn(context, `The key is not checked: ${error.message}${hint}`);
    return undefined;
  }
}

/** Stores the key for its server, and writes the config around what a person wrote there. */
export async function keepKey(
  setup: KeySetup,
  context: CommandContext,
): Promise<void> {
  const { host } = context;
  const path = configPath(host);
  const text = await readConfigText(path, host) ?? "";
  const changes = await planChanges(setup, text, path);
  const edited = await editProvider(text, changes, path);
  const providers = Object.keys(PROVIDERS);
  // The config as it will be must be one that a turn accepts.
  await readConfig(edited, { path, providers });
  await store(setup, host);
  if (edited === text) return;
  try {
    await host.replaceFile(path, edited);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown reason";
    throw new MekaError("config", `"${path}" was not written: ${why}`, {
      hint: "What was entered is stored: put that right, then try again",
      cause: error,
    });
  }
}

/**
 * Sets a key up: from standard input, a hidden prompt, or as it is; checked once, stored, and the config written. A
 * wizard that has begun to ask asks on.
 */
export async function setupApiKey(
  context: CommandContext,
  wizard?: Wizard,
): Promise<number> {
  const { host } = context;
  const path = configPath(host);
  const resolve = (typed: string | undefined): Promise<Settings> =>
    resolveSettings({
      flag: (name) =>
        name === "provider"
          ? PROVIDER
          : name === "base-url"
          ? typed
          : option(context, name)?.trim(),
      host,
      configPath: path,
      providers: PROVIDERS,
    });
  let writtenBaseUrl = option(context, "base-url")?.trim();
  let settings = await resolve(writtenBaseUrl);
  if (writtenBaseUrl === undefined && canAsk(host)) {
    const { href } = settings.baseUrl.value;
    const typed = wizard === undefined
      ? await host.prompt(`Base URL (Enter for ${href}): `)
      : await wizard.baseUrl(href);
    writtenBaseUrl = typed?.trim() === href
      ? undefined
      : typed?.trim() || undefined;
    settings = await resolve(writtenBaseUrl);
  }
  const baseUrl = settings.baseUrl.value;
  const chosen = await chosenModel(settings, host);
  if (chosen === undefined && !canAsk(host)) throw noModel();
  const present = await presentKey(settings, host);
  await wizard?.stepAside();
  const newKey = await enterKey(context, { baseUrl, present });
  const key = newKey ?? present?.credential.key;
  const catalogue = await checkKey({ baseUrl, key }, context);
  const listed = catalogue?.models ?? [];
  const model = option(context, "model")?.trim() ??
    await wizard?.model(listed, chosen) ?? chosen ??
    await askModel(host, catalogue);
  const names = catalogue?.models.map(({ id }) => id) ?? [];
  if (names.length > 0 && !names.includes(model)) {
    await warn(context, `The server does not list the model "${model}"`);
  }
  await wizard?.confirm(
    `Provider  ${PROVIDER}\nServer    ${baseUrl.href}\nModel     ${model}`,
    path,
  );
  await keepKey({
    baseUrl,
    writtenBaseUrl,
    newKey,
    model,
    effort: option(context, "effort")?.trim(),
    catalogue,
  }, context);
  const what = newKey === undefined ? "Set up" : "The key is stored";
  const done = `${what} for ${baseUrl.host}.`;
  const tryIt = 'Try it: meka "Say hello"';
  if (wizard === undefined) {
    await say(host, `${done}\nConfig: ${path}\n${tryIt}\n`);
  } else wizard.end(done, tryIt);
  return 0;
}

/** The model that is set; the file's counts only when the file is about this provider. */
async function chosenModel(
  { model }: Settings,
  host: Host,
): Promise<string | undefined> {
  if (model?.origin !== "file") return model?.value;
  const path = configPath(host);
  const file = await readProvider(await readConfigText(path, host) ?? "", path);
  return file.get("name") === PROVIDER ? model.value : undefined;
}

/** The key that a turn would use as things are; undefined when one is missing. */
async function presentKey(
  { baseUrl, apiKey }: Settings,
  host: Host,
): Promise<FoundKey | undefined> {
  let opened: OpenedDatabase | undefined;
  try {
    return await findKey({
      provider: PROVIDER,
      baseUrl: baseUrl.value,
      setting: apiKey,
      store: async () => opened = await openDatabase(databasePath(host), host),
    });
  } catch (error) {
    if (error instanceof MekaError && error.kind === "auth") return undefined;
    throw error;
  } finally {
    opened?.database.close();
  }
}

/** The key to store; undefined when none was entered and none is missing. */
async function enterKey(
  { host, options }: CommandContext,
  { baseUrl, present }: {
    readonly baseUrl: URL;
    readonly present: FoundKey | undefined;
  },
): Promise<string | undefined> {
  if (options.has("api-key-stdin")) {
    const typed = (await readStdin(host)).trim();
    if (typed !== "") return checked(typed);
    throw new MekaError("usage", "Standard input holds no key");
  }
  if (canAsk(host)) {
    const otherwise = present === undefined
      ? ""
      : present.place === "none"
      ? " (Enter for none)"
      : " (Enter to keep the present one)";
    const question = `Key for ${baseUrl.host}${otherwise}: `;
    const typed = (await host.prompt(question, { hidden: true }))?.trim() ?? "";
    if (typed !== "") return checked(typed);
    if (present === undefined) {
      throw new MekaError("usage", "No key was entered");
    }
  }
  if (present !== undefined) return undefined;
  throw new MekaError(
    "usage",
    "Cannot ask for the key without a terminal: pass `--api-key-stdin`",
    { hint: EXAMPLE },
  );
}

function canAsk(host: Host): boolean {
  return host.isTerminal("stdin") && host.isTerminal("stderr");
}

function notAccepted({ baseUrl, key }: KeyEntry): MekaError {
  return key === undefined
    ? new MekaError("auth", `${baseUrl.host} asks for a key`, { hint: EXAMPLE })
    : new MekaError("auth", `${baseUrl.host} did not accept the key`, {
      hint: "Nothing was changed; enter another key",
    });
}

function checked(key: string): string {
  if (isKey(key)) return key;
  throw new MekaError(
    "usage",
    "What was entered holds a character that no key has",
    { hint: "Enter the key alone" },
  );
}

async function readStdin(host: Host): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of host.stdin) {
    text += decoder.decode(chunk, { stream: true });
    // Far above any key: this is some other file.
    if (text.length > 64 * 1024) break;
  }
  return text;
}

async function askModel(
  host: Host,
  catalogue: Catalogue | undefined,
): Promise<string> {
  const names = catalogue?.models.map(({ id }) => id) ?? [];
  if (names.length > 0) await say(host, `Models: ${names.join(", ")}\n`);
  for (;;) {
    const line = await host.prompt("Model: ");
    if (line === undefined) throw noModel();
    if (line.trim() !== "") return line.trim();
  }
}

function noModel(): MekaError {
  return new MekaError("usage", "No model was named: pass `--model`", {
    hint: EXAMPLE,
  });
}

async function planChanges(
  { baseUrl, writtenBaseUrl, newKey, model, effort }: KeySetup,
  text: string,
  path: string,
): Promise<ProviderChanges> {
  const present = await readProvider(text, path);
  const own = present.get("name") === PROVIDER;
  const server = present.get("base_url") ?? PROVIDERS[PROVIDER].baseUrl;
  // A key in the file would count before a stored one, and must not follow the file to another server.
  const keepsKey = own && newKey === undefined &&
    (writtenBaseUrl === undefined || new URL(server).origin === baseUrl.origin);
  return {
    name: PROVIDER,
    model,
    // Another provider's address says nothing about this one, and neither does the effort of its models.
    ...own ? {} : { base_url: undefined, issuer: undefined, effort: undefined },
    ...effort === undefined ? {} : { effort },
    ...keepsKey ? {} : { api_key: undefined },
    ...writtenBaseUrl === undefined ? {} : { base_url: writtenBaseUrl },
  };
}

async function store(
  { baseUrl, newKey, catalogue }: KeySetup,
  host: Host,
): Promise<void> {
  if (newKey === undefined && catalogue === undefined) return;
  const path = databasePath(host);
  const { database, writable } = await openDatabase(path, host);
  try {
    if (!writable) {
      throw new MekaError(
        "internal",
        `Cannot store a key: the database "${path}" cannot be written`,
        { hint: "Make the file and its folder writable, then try again" },
      );
    }
    const now = host.now();
    if (newKey !== undefined) {
      const owner = { provider: PROVIDER, origin: baseUrl.origin };
      writeKey(database, owner, { key: newKey, storedAt: now });
    }
    if (catalogue !== undefined) {
      const owner = { provider: PROVIDER, accountId: baseUrl.href };
      writeCatalogue(database, owner, { ...catalogue, toldAt: now });
    }
  } finally {
    database.close();
  }
}

async function say(host: Host, text: string): Promise<void> {
  await host.write({ to: "stderr", text: stripControl(text) });
}
