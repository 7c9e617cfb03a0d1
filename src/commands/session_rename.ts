import { MekaError } from "../errors.ts";
import { findByName, renameConversation } from "../store/conversations.ts";
import { type Database, inTransaction } from "../store/database.ts";
import type { CommandContext } from "./context.ts";
import { chosenBy, demandWritable, withStore } from "./session_store.ts";
import { checkName } from "./take_up.ts";

/** Gives a conversation a name, another one, or with `--clear` none. */
export async function sessionRename(context: CommandContext): Promise<number> {
  const { words: [, name], options } = context;
  if ((name === undefined) !== options.has("clear")) {
    throw new MekaError(
      "usage",
      "`session rename` takes a conversation and its new name",
      { hint: "`--clear` in the place of the name takes the name away" },
    );
  }
  if (name !== undefined) checkName(name);
  await withStore(context, (store) => {
    const { database } = store;
    const { id } = chosenBy(context, database);
    demandWritable(store, context);
    inTransaction(database, () => {
      if (name !== undefined) demandFree(database, name, id);
      renameConversation(database, id, name);
    });
    return Promise.resolve();
  });
  return 0;
}

/**
 * Refuses a name that another conversation has.
 *
 * @throws {MekaError} "usage"
 */
export function demandFree(
  database: Database,
  name: string,
  id?: string,
): void {
  const other = findByName(database, name);
  if (other === undefined || other.id === id) return;
  throw new MekaError(
    "usage",
    `Another conversation has the name "${name}": ${other.id}`,
  );
}
