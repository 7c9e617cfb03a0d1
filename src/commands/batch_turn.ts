import type { Asked } from "../batch/record.ts";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Part, Turn } from "../message.ts";
import { NO_HISTORY } from "../store/history.ts";
import type { CommandContext } from "./context.ts";
import { newConversation, type OpenConversation } from "./conversation.ts";
import { newSession } from "./session_id.ts";
import type { TurnRun } from "./turn_run.ts";

/** The records of a run name the models, and may name a new one each. */
const MOST_TEMPLATES = 100;

/** A turn and the conversation that it is all of. */
export interface Said {
  readonly turn: Turn;
  readonly opened: OpenConversation;
}

/** Makes the turns of a run that ask for nothing yet, once for each model. */
export function turnTemplates(
  run: TurnRun,
  context: CommandContext,
): (model: string | undefined) => Said {
  const made = new Map<string | undefined, Said>();
  const { provider, model: usual } = run.settings;
  return (model) => {
    const found = made.get(model);
    if (found !== undefined) return found;
    const opened = {
      conversation: newConversation(context, {
        provider: provider.value,
        model: model ?? usual?.value ?? "",
      }),
      begun: false,
      kept: false,
      history: NO_HISTORY,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const said = { turn: run.turn({ parts: [], model }, opened), opened };
    if (made.size >= MOST_TEMPLATES) made.clear();
    made.set(model, said);
    return said;
  };
}

/** What a record is asked with. */
export interface SayContext {
  readonly host: Host;
  /** The turn that asks for nothing yet, with its conversation. */
  readonly template: (model: string | undefined) => Said;
  /** The run's schema, for records without one of their own. */
  readonly schema: Turn["schema"];
}

/**
 * The turn that asks what a record wants to know, in a conversation that nobody goes on with.
 *
 * @throws {MekaError} "usage" for an image that cannot be sent, a schema that is none, or an effort that the record's
 * model does not offer.
 */
export async function say(
  { prompt, system, model, schema, images }: Asked,
  context: SayContext,
): Promise<Said> {
  const { turn, opened } = context.template(model);
  const session = newSession(context.host);
  const text = { type: "text", text: prompt } as const;
  const pictures = await readImages(images, context.host);
  await checkSchema(schema);
  return {
    turn: {
      ...turn,
      session,
      instructions: system ?? turn.instructions,
      schema: schema ?? context.schema,
      items: [{ type: "user", parts: [text, ...pictures] }],
    },
    opened: {
      ...opened,
      conversation: { ...opened.conversation, id: session },
    },
  };
}

async function readImages(
  paths: readonly string[],
  host: Host,
): Promise<readonly Part[]> {
  if (paths.length === 0) return [];
  const { readImage } = await import("./attachments.ts");
  const named = '"image"';
  return await Array.fromAsync(
    paths,
    (path) => readImage(path, host, { named }),
  );
}

async function checkSchema(schema: Turn["schema"]): Promise<void> {
  if (schema === undefined) return;
  const { schemaProblem } = await import("../config/schema_problem.ts");
  const problem = schemaProblem(schema);
  if (problem === undefined) return;
  const place = problem.path === "" ? "it" : `"${problem.path}"`;
  throw new MekaError(
    "usage",
    `Cannot use the "schema": ${place} ${problem.says}`,
  );
}
