import { usesColor } from "../render/uses_color.ts";
import { readTranscript } from "../store/transcript.ts";
import { type CommandContext, note } from "./context.ts";
import { exportText } from "./session_export.ts";
import { chosenBy, withStore } from "./session_store.ts";
import { transcriptText } from "./transcript_text.ts";

/** Shows what was said in a conversation. */
export async function sessionShow(context: CommandContext): Promise<number> {
  const { host, options } = context;
  const onTerminal = host.isTerminal("stdout");
  const json = options.has("json");
  await withStore(context, async ({ database }) => {
    const conversation = chosenBy(context, database);
    const transcript = readTranscript(database, conversation, { bare: !json });
    const text = json
      ? await exportText(transcript, { format: "json", onTerminal })
      : transcriptText(transcript, {
        host,
        onTerminal,
        color: usesColor(host, "stdout"),
        reasoning: options.has("reasoning"),
        hidden: options.has("hidden"),
      });
    await host.write({ to: "stdout", text });
    const hidden = transcript.turns.filter((turn) => turn.hidden).length;
    if (json || hidden === 0 || options.has("hidden")) return;
    const what = hidden === 1 ? "1 turn was" : `${hidden} turns were`;
    await note(context, `${what} taken back; \`--hidden\` shows that, too`);
  });
  return 0;
}
