import { type ChatCommand, PROMPT, say } from "./command.ts";
import { answerOf } from "./exchange.ts";
import { osc52 } from "./osc52.ts";

/** `/copy`: the last answer, as the model wrote it. */
export const COPY: ChatCommand = {
  help: "copy the last answer",
  run: async (_, chat) => {
    const { talk, context: { host } } = chat;
    const answer = answerOf(talk.last?.items ?? []);
    if (answer === "") {
      await say(chat, "There is no answer to copy yet");
      return PROMPT;
    }
    const program = await host.copyText(answer);
    if (program !== undefined) {
      await say(chat, `Copied with \`${program}\``);
      return PROMPT;
    }
    const sequence = osc52(answer);
    if (sequence === undefined) {
      await say(
        chat,
        "The answer is too long for the terminal's clipboard; `/save FILE` writes it",
      );
      return PROMPT;
    }
    await host.write({ to: "stderr", text: sequence });
    await say(chat, "Handed to the terminal, for its clipboard");
    return PROMPT;
  },
};
