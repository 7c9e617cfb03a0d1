import { forkConversation } from "../store/fork.ts";
import { type CommandContext, text as option } from "./context.ts";
import { newSession } from "./session_id.ts";
import { demandFree } from "./session_rename.ts";
import { chosenBy, demandWritable, withStore } from "./session_store.ts";
import { checkName } from "./take_up.ts";

/** Copies a conversation, as it is at this moment, and says the copy's id. */
export async function sessionFork(context: CommandContext): Promise<number> {
  const { host } = context;
  const name = option(context, "name");
  if (name !== undefined) checkName(name);
  await withStore(context, async (store) => {
    const { database } = store;
    const from = chosenBy(context, database);
    demandWritable(store, context);
    if (name !== undefined) demandFree(database, name);
    const now = host.now();
    const to = {
      ...from,
      id: newSession(host),
      name,
      parent: from.id,
      createdAt: now,
      updatedAt: now,
    };
    forkConversation(database, from.id, to);
    await host.write({ to: "stdout", text: `${to.id}\n` });
  });
  return 0;
}
