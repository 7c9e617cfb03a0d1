import { createHash } from "node:crypto";
import { type Model, MODELS, SMALL_MODELS } from "./models.ts";

/** The shape that requests for a model have to have (reference, section 8.4). */
export type Shape = "lite" | "classic" | "either";

/** The models there are now, and what each sign-in was told of them. */
export class Catalogue {
  readonly #strictLite: boolean;
  /** The models of the list that a sign-in was given last, and which of them are lite. */
  readonly #told = new Map<string, ReadonlyMap<string, boolean>>();
  #models: readonly Model[] = MODELS;
  #etag = etagOf(MODELS);

  constructor(options: { strictLite: boolean }) {
    this.#strictLite = options.strictLite;
  }

  /** The `ETag` of the list, and the `x-models-etag` of answers. */
  get etag(): string {
    return this.#etag;
  }

  /** Replaces the models, and with them the ETag. */
  use(models: readonly Model[] = MODELS): void {
    this.#models = models;
    this.#etag = etagOf(models);
  }

  /** The models a client of this version may see; undefined for a version that is missing or cannot be read. */
  list(clientVersion: string | null): readonly Model[] | undefined {
    const version = numbers(clientVersion ?? "");
    if (version === undefined) return undefined;
    return this.#models.filter((entry) =>
      atLeast(version, numbers(entry.minimal_client_version) ?? [])
    );
  }

  /** The tokens that a model has room for, whether it is on the list or not. */
  window(slug: string): number {
    const model = [...this.#models, ...SMALL_MODELS].find((entry) =>
      entry.slug === slug
    );
    return Number(model?.["context_window"] ?? Infinity);
  }

  /** Notes that a sign-in was given this list. */
  told(grant: string, list: readonly Model[]): void {
    this.#told.set(
      grant,
      new Map(list.map((entry) => [entry.slug, entry.use_responses_lite])),
    );
  }

  /**
   * The shape that a sign-in's request for a model must have. Whoever was never given a list cannot know of a lite model:
   * then both are fine, unless the stand-in is strict.
   */
  shape(grant: string, slug: string): Shape {
    const told = this.#told.get(grant);
    if (told !== undefined) return told.get(slug) ? "lite" : "classic";
    const lite = this.#models.find((entry) => entry.slug === slug)
      ?.use_responses_lite;
    if (!lite) return "classic";
    return this.#strictLite ? "lite" : "either";
  }
}

function etagOf(models: readonly Model[]): string {
  const hash = createHash("sha256").update(JSON.stringify(models));
  return `W/"${hash.digest("hex").slice(0, 32)}"`;
}

function numbers(version: string): number[] | undefined {
  return /^\d{1,6}\.\d{1,6}\.\d{1,6}$/.test(version)
    ? version.split(".").map(Number)
    : undefined;
}

function atLeast(
  version: readonly number[],
  minimum: readonly number[],
): boolean {
  for (const [n, wanted] of minimum.entries()) {
    const has = version[n] ?? 0;
    if (has !== wanted) return has > wanted;
  }
  return true;
}
