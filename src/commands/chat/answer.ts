import { MekaError } from "../../errors.ts";
import type { Part } from "../../message.ts";
import { screen, type ScreenOptions } from "../../render/screen.ts";
import type { Chat } from "./command.ts";
import { Exchange } from "./exchange.ts";
import type { Waiting } from "./waiting.ts";

/** What the model is told to be when nobody says otherwise. */
const INSTRUCTIONS =
  "You talk with a person in a terminal window. Come to the point, and be as brief as the matter allows.";

/** How an answer is shown. */
export interface View extends ScreenOptions {
  /** Shows how long nothing comes, which takes control sequences. */
  readonly waiting: Waiting | undefined;
  /** What the model is told of it. */
  readonly instructions: string;
}

/**
 * Has the model answer what a person says, and shows the answer as it comes. Whatever came of it is part of the
 * conversation, however it ends.
 *
 * @throws {MekaError} as a turn does.
 */
export async function answer(
  parts: readonly Part[],
  { context: { host }, run, talk, choice, toolbox }: Chat,
  view: View,
): Promise<void> {
  run.access.shareCookies();
  const exchange = new Exchange({ type: "user", parts }, host.now());
  // What is typed meanwhile would stand in the middle of the answer.
  await using _ = await host.hush();
  const { tools, runner } = await toolbox.at(choice.permission);
  await using opened = await talk.open(host);
  const turn = run.turn({
    parts,
    model: choice.model,
    effort: choice.effort,
    tools,
    instructions: opened.conversation.instructions ??
      `${INSTRUCTIONS} ${view.instructions}`,
  }, opened);
  const format = screen(view);
  const events = exchange.follow(
    run.answer(turn, opened, { ...talk.watch, host, runner }),
  );
  const outputs = format.render(events);
  try {
    for await (
      const output of view.waiting?.fill(outputs) ?? outputs
    ) {
      await host.write(output);
    }
  } catch (error) {
    if (error instanceof MekaError) {
      for (const output of format.fail(error)) await host.write(output);
    }
    throw error;
  } finally {
    talk.add(exchange);
    run.access.shareCookies();
  }
}
