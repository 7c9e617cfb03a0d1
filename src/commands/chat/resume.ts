import { MekaError } from "../../errors.ts";
import type { Choice } from "../../host.ts";
import type { Conversation } from "../../store/conversations.ts";
import type { Database } from "../../store/database.ts";
import { readHistory } from "../../store/history.ts";
import {
  listConversations,
  type ListedConversation,
} from "../../store/listed.ts";
import { ageOf, fitted, titleOf } from "../session_words.ts";
import { describeConversation, findConversation } from "../take_up.ts";
import { type Chat, type ChatCommand, PROMPT, say } from "./command.ts";

/** How many conversations there are to choose from. */
const MOST_CHOICES = 30;
/** How much of its first words tells which one it is, in cells. */
const LABEL_CELLS = 48;

/** `/resume`: another conversation goes on. */
export const RESUME: ChatCommand = {
  argument: "[ID]",
  help: "go on with another conversation",
  complete: ({ run: { access: { opened } } }) => {
    if (opened === undefined) return [];
    const all = listConversations(opened.database, { limit: 100 });
    return all.flatMap(({ name }) => name ?? []);
  },
  run: async (typed, chat) => {
    const { context, run: { access }, talk } = chat;
    if (access.opened === undefined) {
      throw new MekaError("internal", "The conversations cannot be read");
    }
    const { database } = access.opened;
    const found = typed === ""
      ? await choose(database, chat)
      : findConversation(database, typed);
    if (found === undefined) {
      await say(chat, "There is no other conversation in this folder");
      return PROMPT;
    }
    const history = readHistory(database, found.id);
    const kept = access.keeps && !context.options.has("no-save");
    talk.take({ conversation: found, begun: true, kept, history });
    const now = context.host.now();
    const which = describeConversation(found, history, now);
    await say(chat, context.clean(`Going on with ${which}`));
    await chat.showLast();
    return PROMPT;
  },
};

/** Asks which one of those that were used last here; undefined where there is no other one. */
async function choose(
  database: Database,
  { context: { host, clean }, talk }: Chat,
): Promise<Conversation | undefined> {
  const all = listConversations(database, {
    folder: host.cwd(),
    limit: MOST_CHOICES + 1,
  }).filter(({ id, turns }) => turns > 0 && id !== talk.conversation.id)
    .slice(0, MOST_CHOICES);
  if (all.length === 0) return undefined;
  const dialog = await host.dialog();
  const id = await dialog.select("Which conversation?", {
    choices: await Promise.all(all.map(async (one): Promise<Choice<string>> => {
      const title = clean(one.name ?? titleOf(one));
      return {
        value: one.id,
        label: await fitted(title, LABEL_CELLS) || "(a picture)",
        hint: hintOf(one, host.now()),
      };
    })),
  });
  return all.find((one) => one.id === id);
}

function hintOf(
  { turns, updatedAt }: ListedConversation,
  now: number,
): string {
  const count = turns === 1 ? "1 turn" : `${turns} turns`;
  const age = ageOf(now - updatedAt);
  return `${count}, ${age === "now" ? "just now" : `${age} ago`}`;
}
