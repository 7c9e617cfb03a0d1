import type { Host } from "../../host.ts";
import { findByName, findByPrefix } from "../../store/conversations.ts";
import type { Database } from "../../store/database.ts";
import { readHistory } from "../../store/history.ts";
import { type OpenConversation, takeLock } from "../conversation.ts";
import { lockNameOf } from "../take_up.ts";

/** A conversation as it is taken up. */
export type Taken = Omit<OpenConversation, typeof Symbol.asyncDispose>;

/** What a conversation is taken up again with. */
export interface RetakeContext {
  readonly database: Database;
  /** Whose interrupt ends the wait for other runs. */
  readonly host: Host;
  /** Where its locks go. */
  readonly locks: AsyncDisposableStack;
  /** Tells a person something. */
  readonly note: (message: string) => Promise<void>;
  /** Begins another one. */
  readonly begin: () => Taken;
}

/** Takes a stored conversation up again, alone, as other runs have left it meanwhile, and tells what they did. */
export async function retake(
  taken: Taken,
  { database, host, locks, note, begin }: RetakeContext,
): Promise<Taken> {
  const lock = async (name: string): Promise<void> => {
    locks.use(await takeLock(name, { host, note }));
  };
  let { conversation, begun } = taken;
  const { name } = conversation;
  if (!begun && name !== undefined) {
    // Two runs that both know of no such conversation must not both begin it.
    await lock(await lockNameOf(name));
    const other = findByName(database, name);
    if (other !== undefined) {
      await note(`Another run has begun "${name}" meanwhile`);
      [conversation, begun] = [other, true];
    }
  }
  const { id, instructions } = conversation;
  await lock(id);
  if (!begun) return taken;
  const found = findByPrefix(database, id).find((other) => other.id === id);
  if (found === undefined) {
    await note("The conversation was deleted meanwhile; beginning a new one");
    const anew = begin();
    await lock(anew.conversation.id);
    return anew;
  }
  const history = readHistory(database, id);
  const more = history.turns.length - taken.history.turns.length;
  if (more > 0) {
    await note(
      `Another run went on with this conversation: ${
        more === 1 ? "1 turn" : `${more} turns`
      } more`,
    );
  }
  // What the model is told to be is this run's to say.
  return {
    ...taken,
    conversation: { ...found, instructions },
    begun,
    history,
  };
}
