import { isEffort } from "../../config/schema.ts";
import type { Setting, Settings } from "../../config/resolve.ts";
import { MekaError } from "../../errors.ts";
import { type Effort, EFFORTS, type ModelInfo } from "../../message.ts";
import { type Permission, PERMISSIONS } from "../../tools/tool.ts";
import { chooseEffort } from "../turn_run.ts";

/** What an account's catalogue says of a model, where it is kept and has it. */
export type Known = (model: string) => ModelInfo | undefined;

/** What a chat begins with. */
export interface FirstChoice extends Pick<Settings, "model" | "effort"> {
  readonly permission: Permission;
}

/** Who answers in a chat, how hard it thinks, and what it may do: the settings at first, then what the person says. */
export class Choice {
  readonly #known: Known;
  #model: string;
  #effort: Setting<Effort>;
  #permission: Permission;

  /** @throws {MekaError} when the effort that was set is none of the model's. */
  constructor({ model, effort, permission }: FirstChoice, known: Known) {
    this.#known = known;
    this.#model = model?.value ?? "";
    this.#effort = effort;
    this.#permission = permission;
    chooseEffort({ effort, model: this.#model }, known(this.#model));
  }

  get model(): string {
    return this.#model;
  }

  get effort(): Setting<Effort> {
    return this.#effort;
  }

  /** The effort that is asked for. */
  get sentEffort(): string {
    const [effort, model] = [this.#effort, this.#model];
    return chooseEffort({ effort, model }, this.#known(model));
  }

  /** How far the model's tools may go. */
  get permission(): Permission {
    return this.#permission;
  }

  /** The efforts to choose from. */
  get efforts(): readonly string[] {
    const known = this.#known(this.#model);
    const offered = (known?.efforts ?? []).filter(isEffort);
    return offered.length === 0 ? EFFORTS : offered;
  }

  /** Another model answers from now on; an effort that it does not offer gives way to its own. */
  useModel(name: string): void {
    const known = this.#known(name);
    this.#model = name;
    const [effort, model] = [this.#effort, name];
    try {
      chooseEffort({ effort, model }, known);
    } catch (error) {
      if (!(error instanceof MekaError)) throw error;
      this.#effort = { ...effort, origin: "default" };
    }
  }

  /** @throws {MekaError} "usage" for a word that is no effort, or none of the model's. */
  useEffort(level: string): void {
    if (!isEffort(level)) {
      throw new MekaError("usage", `There is no effort "${level}"`, {
        hint: `Choose one of: ${this.efforts.join(" ")}`,
      });
    }
    const effort = { value: level, origin: "flag" } as const;
    chooseEffort({ effort, model: this.#model }, this.#known(this.#model));
    this.#effort = effort;
  }

  /** @throws {MekaError} "usage" for a word that is no level. */
  usePermission(typed: string): void {
    const level = PERMISSIONS.find((known) => known === typed);
    if (level === undefined) {
      throw new MekaError("usage", `There is no level "${typed}"`, {
        hint: `Choose one of: ${PERMISSIONS.join(" ")}`,
      });
    }
    this.#permission = level;
  }
}
