import { usageText } from "../../render/aside.ts";
import { readUsage, type StoredUsage } from "../../store/limits.ts";
import { readSpent, type Spent } from "../../store/spent.ts";
import { knownModel } from "../access.ts";
import { limitLines } from "../status_text.ts";
import { type Chat, type ChatCommand, PROMPT, say } from "./command.ts";

/** Cells of the names in front. */
const NAME_WIDTH = 13;

/** `/usage`: what was spent, and what is left. */
export const USAGE: ChatCommand = {
  help: "tokens, and what is left of the plan",
  run: async (_, chat) => {
    const { context: { host, clean } } = chat;
    const told = keptLimits(chat);
    const lines = [
      ...spentLines(chat),
      ["Context", contextText(chat)] as const,
      // A server that is paid for by the token tells none.
      ...told === undefined ? [] : limitLines({ told }, host.now()),
    ];
    await say(
      chat,
      lines.map(([name, value]) => {
        // Cleaned word by word, since a bar and its number are aligned with spaces.
        const words = value.split(" ").map(clean);
        return `${name.padEnd(NAME_WIDTH)} ${words.join(" ")}`;
      }).join("\n"),
    );
    return PROMPT;
  },
};

function spentLines(chat: Chat): (readonly [string, string])[] {
  const { last, all } = spentIn(chat);
  const text = (usage: Spent["all"]): string =>
    usage === undefined ? "not known" : usageText(usage);
  return [["Last turn", text(last)], ["Conversation", text(all)]];
}

/** A conversation that is not kept is known by this run alone. */
function spentIn({ talk, run: { access } }: Chat): Spent {
  const { conversation, stored, spent } = talk;
  if (!stored || access.opened === undefined) return spent;
  try {
    return readSpent(access.opened.database, conversation.id);
  } catch {
    return spent;
  }
}

function contextText({ talk, choice, run: { access } }: Chat): string {
  const tokens = talk.history.contextTokens;
  if (tokens === undefined) return "not known";
  const window = knownModel(access, choice.model)?.contextWindow;
  if (window === undefined) return `${tokens} tokens`;
  const share = Math.round(tokens / window * 1000) / 10;
  return `${tokens} of ${window} tokens (${share}%)`;
}

function keptLimits(
  { run: { access: { account } } }: Chat,
): StoredUsage | undefined {
  try {
    return account && readUsage(account.opened.database, account.owner);
  } catch {
    return undefined;
  }
}
