import { type FlagName, isFlagName } from "../cli/flags.ts";
import { databasePath } from "../config/paths.ts";
import type { Settings } from "../config/resolve.ts";
import { MekaError } from "../errors.ts";
import type { EventBatch } from "../event.ts";
import type { Host } from "../host.ts";
import { type ModelInfo, type Part, type Turn, ULTRA } from "../message.ts";
import { keepLimits } from "../store/limits.ts";
import {
  accountModels,
  explainMissingModel,
  knownModel,
  limitsKeeper,
  openAccess,
  type ProviderAccess,
} from "./access.ts";
import { type CommandContext, text, warn } from "./context.ts";
import type { OpenConversation } from "./conversation.ts";
import { converse, type ConverseContext } from "./converse.ts";
import type { ProviderSettings } from "./provider_run.ts";

/** What the model is told when nobody says otherwise. */
const INSTRUCTIONS =
  "You are used as a Unix filter: your answer goes to standard output, often into another program. " +
  "Answer with just what was asked for, without introduction or closing remark.";

/** How often the model may ask for tools in a turn, unless a person says otherwise. */
const MAX_TOOL_ROUNDS = 50;

/** What the options say of every turn of a run. */
export interface TurnOptions {
  /** Milliseconds for a whole turn; undefined for no limit. */
  readonly timeoutMs: number | undefined;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly maxRounds: number;
}

/** What is said in one turn, and what may differ from the run's settings. */
export interface Saying {
  readonly parts: readonly Part[];
  readonly schema?: Turn["schema"];
  readonly model?: string | undefined;
  readonly effort?: Settings["effort"] | undefined;
  /** What the model is told to be, instead of what it was told in the conversation. */
  readonly instructions?: string | undefined;
  /** What the model may call. */
  readonly tools?: Turn["tools"];
}

/** What a run of many turns does in one of them. */
export interface TurnWatch extends Pick<ConverseContext, "lost" | "shortened"> {
  /** Runs the model's calls, where it was told of tools. */
  readonly runner?: ConverseContext["runner"];
  /** Whose interrupt ends the turn, instead of the run's. */
  readonly host?: Host;
  /** Where the sign-in is from, instead of the run's. */
  readonly credentials?: ConverseContext["credentials"];
}

/** Everything that the turns of one run share. */
export interface TurnRun extends AsyncDisposable {
  readonly access: ProviderAccess;
  readonly settings: Settings;
  /** The turn that says this in a conversation. */
  turn(saying: Saying, opened: OpenConversation): Turn;
  /** The events of a turn, kept where the conversation is. */
  answer(
    turn: Turn,
    opened: OpenConversation,
    watch?: TurnWatch,
  ): AsyncIterable<EventBatch>;
}

/**
 * Reads the options of a turn.
 *
 * @throws {MekaError} "usage" for one that the provider cannot honor, or a value that is none.
 */
export function readTurnOptions(
  context: CommandContext,
  { settings, provider }: Pick<ProviderSettings, "settings" | "provider">,
): TurnOptions {
  for (const [option, why] of Object.entries(provider.refuses)) {
    if (!isFlagName(option) || !context.options.has(option)) continue;
    throw new MekaError(
      "usage",
      `${settings.provider.value} ${why}; --${option} is not available for it`,
    );
  }
  const seconds = readNumber(context, "timeout", {
    form: /^(?=.*[1-9])\d*\.?\d+$/,
    what: "a number of seconds above 0",
  });
  return {
    timeoutMs: seconds === undefined ? undefined : seconds * 1000,
    maxTokens: readNumber(context, "max-tokens", WHOLE_NUMBER),
    temperature: readNumber(context, "temperature", {
      form: /^(?:\d+\.?\d*|\.\d+)$/,
      what: "a number, 0 or above",
    }),
    maxRounds: readNumber(context, "max-tool-rounds", WHOLE_NUMBER) ??
      MAX_TOOL_ROUNDS,
  };
}

/** How a number above 0 is written. */
export const WHOLE_NUMBER = {
  form: /^[1-9]\d*$/,
  what: "a whole number above 0",
} as const;

/**
 * Reads an option that is a number.
 *
 * @throws {MekaError} "usage" when it is none of the form.
 */
export function readNumber(
  context: CommandContext,
  option: FlagName,
  { form, what }: { readonly form: RegExp; readonly what: string },
): number | undefined {
  const typed = text(context, option);
  if (typed === undefined) return undefined;
  if (form.test(typed.trim())) return Number(typed);
  throw new MekaError(
    "usage",
    `\`--${option}\` must be ${what}, not "${typed}"`,
  );
}

/**
 * Opens the way to the provider for the turns of a run.
 *
 * @throws {MekaError} when nobody is signed in, or no model is chosen.
 */
export async function openTurnRun(
  context: CommandContext,
  { settings, provider, credential }: ProviderSettings,
  options: TurnOptions,
): Promise<TurnRun> {
  const { host, userAgent, fetch } = context;
  const access = await openAccess(context, {
    settings,
    credential,
    databasePath: databasePath(host),
    fetch,
  });
  if (settings.model === undefined) {
    await using _ = access;
    throw await explainMissingModel(access, host.interrupt);
  }
  const model = settings.model.value;
  const keepTold = limitsKeeper(access, host);
  const turnContext = {
    provider,
    providerName: settings.provider.value,
    host,
    fetch: access.fetch,
    credentials: access.credentials,
    baseUrl: settings.baseUrl.value,
    userAgent,
    timeoutMs: options.timeoutMs,
    accountModels: () => accountModels(access),
    runner: undefined,
    maxRounds: options.maxRounds,
    access,
    compacts: !context.options.has("no-compact"),
    warn: (message: string) => warn(context, message),
  };
  return {
    access,
    settings,
    turn: (saying, { conversation }) => {
      const named = saying.model ?? model;
      const known = knownModel(access, named);
      const effort = saying.effort ?? settings.effort;
      return {
        model: named,
        known,
        effort: chooseEffort({ effort, model: named }, known),
        effortChosen: effort.origin !== "default",
        instructions: saying.instructions ?? conversation.instructions ??
          INSTRUCTIONS,
        items: [{ type: "user", parts: saying.parts }],
        tools: saying.tools ?? [],
        search: context.options.has("search"),
        schema: saying.schema,
        whole: context.options.has("no-stream"),
        maxTokens: options.maxTokens,
        temperature: options.temperature,
        session: conversation.id,
      };
    },
    answer: (turn, opened, watch = {}) =>
      keepLimits(
        converse(turn, { ...turnContext, ...watch, opened }),
        keepTold,
      ),
    [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
  };
}

/**
 * The effort to ask for: what was set, if the model offers it. Where nobody set one, the model's own default stands in
 * for one that it does not offer.
 */
export function chooseEffort(
  { effort, model }: Pick<Settings, "effort"> & { readonly model: string },
  known: ModelInfo | undefined,
): string {
  const { value, origin } = effort;
  const offered = known?.efforts ?? [];
  const sent = value === "ultra" ? known?.ultraEffort ?? ULTRA : value;
  if (
    offered.length === 0 || offered.includes(value) || offered.includes(sent)
  ) {
    return value;
  }
  if (origin === "default") return known?.defaultEffort ?? value;
  throw new MekaError(
    origin === "flag" ? "usage" : "config",
    `The model "${model}" does not offer the effort "${value}"; it offers: ${
      offered.join(", ")
    }`,
  );
}
