import { MekaError } from "../../errors.ts";
import type { ModelInfo } from "../../message.ts";
import { readCatalogue } from "../../store/catalogues.ts";
import { knownModel, type ProviderAccess } from "../access.ts";
import { refreshCatalogue } from "../models.ts";
import { askable } from "../provider_run.ts";
import { table } from "../table.ts";
import { type Chat, type ChatCommand, PROMPT, say } from "./command.ts";

/** `/model`: who answers from now on. */
export const MODEL: ChatCommand = {
  argument: "[NAME]",
  help: "who answers; without a name, who can",
  complete: ({ run }) => listedModels(run.access).map(({ id }) => id),
  run: async (name, chat) => {
    if (name === "") await list(chat);
    else await use(name, chat);
    return PROMPT;
  },
};

async function use(name: string, chat: Chat): Promise<void> {
  const { choice, run: { access }, context } = chat;
  const listed = listedModels(access);
  const before = choice.sentEffort;
  choice.useModel(name);
  const effort = choice.sentEffort;
  await say(
    chat,
    context.clean(
      effort === before
        ? `${name} answers from now on`
        : `${name} answers from now on, with the effort ${effort}`,
    ),
  );
  if (listed.length === 0 || knownModel(access, name) !== undefined) return;
  const { closest } = await import("fastest-levenshtein");
  const nearest = closest(name, listed.map(({ id }) => id));
  await say(
    chat,
    context.clean(
      `The account's list has no model of this name; the nearest is ${nearest}`,
    ),
  );
}

async function list(chat: Chat): Promise<void> {
  const { choice } = chat;
  const models = await modelsOf(chat);
  const rows = models.map((model) => [
    model.id === choice.model ? "*" : "",
    model.id,
    model.contextWindow === undefined
      ? ""
      : `${Math.round(model.contextWindow / 1000)}k`,
    model.efforts.join(" "),
  ]);
  const head = ["", "MODEL", "CONTEXT", "EFFORTS"];
  await say(chat, (await table(head, rows, true)).trimEnd());
}

/** The list that is kept; where none is, the service is asked for it. */
async function modelsOf(chat: Chat): Promise<readonly ModelInfo[]> {
  const { context, chosen, run: { access } } = chat;
  const kept = listedModels(access);
  if (kept.length > 0) return kept;
  const asked = askable(context, chosen, access);
  const { models } = await refreshCatalogue(asked, context);
  const listed = models.filter(({ listed }) => listed);
  if (listed.length > 0) return listed;
  throw new MekaError("refused", "The account has no models");
}

function listedModels({ account }: ProviderAccess): readonly ModelInfo[] {
  try {
    const kept = account &&
      readCatalogue(account.opened.database, account.owner);
    return (kept?.models ?? []).filter(({ listed }) => listed);
  } catch {
    return []; // a damaged list is as good as none
  }
}
