import { suggestsDevice } from "../auth/way.ts";
import { isEffort } from "../config/schema.ts";
import { MekaError } from "../errors.ts";
import type { Choice, Dialog, Host } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import type { Effort, ModelInfo } from "../message.ts";
import type { TokenRow } from "../store/tokens.ts";

/** A provider to choose, with what it is in a few words. */
export interface ProviderChoice {
  readonly name: string;
  readonly label: string;
}

/** How a person signs in. */
export type Way = "browser" | "device";

/** Stands for a model that the account's list does not have. */
const ANOTHER = "\0another";

/** The questions of `meka setup` on a terminal; the dialog is loaded with the first of them. */
export class Wizard {
  readonly #host: Host;
  #dialog: Dialog | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether anything was asked: only then is there something to confirm. */
  get asked(): boolean {
    return this.#dialog !== undefined;
  }

  async provider(choices: readonly ProviderChoice[]): Promise<string> {
    const dialog = await this.#open();
    return await dialog.select("Who should answer?", {
      choices: choices.map(({ name, label }) => ({ value: name, label })),
    });
  }

  /** Whether to go on with the sign-in that is there. */
  async keepSignIn(row: TokenRow): Promise<boolean> {
    const dialog = await this.#open();
    const plan = row.plan === undefined ? "" : ` (plan: ${row.plan})`;
    const who = stripControl(`${row.email ?? "an account"}${plan}`);
    const answer = await dialog.select(`You are signed in as ${who}.`, {
      choices: [
        { value: "keep", label: "Keep this sign-in" },
        { value: "again", label: "Sign in again, or with another account" },
      ],
    });
    return answer === "keep";
  }

  /** Asks only where a browser on this machine may be of no use. */
  async way(): Promise<Way> {
    if (!suggestsDevice(this.#host)) return "browser";
    const dialog = await this.#open();
    return await dialog.select<Way>("How do you want to sign in?", {
      choices: [
        {
          value: "device",
          label: "With a code, on any device",
          hint: "ChatGPT's security settings must allow it",
        },
        {
          value: "browser",
          label: "With a browser, pasting its last address here",
        },
      ],
    });
  }

  /** After the device way was refused: whether to go on with a browser. */
  async browserInstead(error: MekaError): Promise<boolean> {
    const dialog = await this.#open();
    dialog.say(stripControl(error.message));
    return await dialog.confirm("Sign in with a browser instead?");
  }

  /** Where a compatible server is; `present` is what is taken without another word. */
  async baseUrl(present: string): Promise<string> {
    const dialog = await this.#open();
    return await dialog.text("Which base URL?", { initial: present });
  }

  /** From the account's list, or typed where there is none. */
  async model(
    models: readonly ModelInfo[],
    present: string | undefined,
  ): Promise<string> {
    const dialog = await this.#open();
    const typed = (): Promise<string> =>
      dialog.text("Which model? (for example gpt-5)", { initial: present });
    if (models.length === 0) return await typed();
    const listed = models.map(modelChoice);
    const known = listed.some(({ value }) => value === present);
    const kept = present === undefined || known
      ? []
      : [{ value: present, label: present, hint: "as it is now" }];
    const chosen = await dialog.select("Which model?", {
      choices: [
        ...listed,
        ...kept,
        { value: ANOTHER, label: "Another one" },
      ],
      initial: present,
    });
    return chosen === ANOTHER ? await typed() : chosen;
  }

  /** One of the efforts that the model offers; undefined when it does not say which. */
  async effort(
    model: ModelInfo | undefined,
    present: string | undefined,
  ): Promise<Effort | undefined> {
    const offered = (model?.efforts ?? []).filter(isEffort);
    if (offered.length === 0) return undefined;
    const dialog = await this.#open();
    return await dialog.select<Effort>("How hard should it think?", {
      choices: offered.map((value) => ({
        value,
        label: value,
        hint: value === model?.defaultEffort
          ? "the model's default"
          : undefined,
      })),
      initial: offered.find((value) => value === present) ??
        offered.find((value) => value === model?.defaultEffort),
    });
  }

  /** @throws {MekaError} "interrupted" when the person says no. */
  async confirm(summary: string, path: string): Promise<void> {
    const dialog = await this.#open();
    dialog.say(stripControl(summary));
    if (await dialog.confirm(`Write this to ${path}?`)) return;
    throw new MekaError("interrupted", "Nothing was changed", { exit: 1 });
  }

  /** What was reached, and what to do next. */
  end(said: string, next: string): void {
    this.#dialog?.say(stripControl(said));
    this.#dialog?.end(stripControl(next));
  }

  /** Keeps what others write apart from the last question. */
  async stepAside(): Promise<void> {
    if (this.asked) await this.#host.write({ to: "stderr", text: "\n" });
  }

  async #open(): Promise<Dialog> {
    if (this.#dialog === undefined) {
      this.#dialog = await this.#host.dialog();
      this.#dialog.begin("meka setup");
    }
    return this.#dialog;
  }
}

function modelChoice(model: ModelInfo): Choice<string> {
  const efforts = model.efforts.map((effort) =>
    effort === model.defaultEffort ? `${effort}*` : effort
  ).join(" ");
  return {
    value: model.id,
    label: stripControl(model.id),
    hint: efforts === "" ? undefined : stripControl(efforts),
  };
}
