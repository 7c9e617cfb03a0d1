import { MekaError } from "../errors.ts";
import type { Usage } from "../event.ts";
import type { Conversation } from "../store/conversations.ts";
import {
  STATUSES,
  type ToldSummary,
  type ToldTurn,
  type Transcript,
} from "../store/transcript.ts";
import {
  countAt,
  type Field,
  listAt,
  Misfit,
  objectAt,
  optionalAt,
  shortAt,
  switchAt,
  textAt,
  timeAt,
  wordAt,
} from "./json_fields.ts";
import { FORMAT, FORMAT_VERSION } from "./session_json.ts";
import { imagesAt, itemAt, type Known } from "./session_read_items.ts";
import { checkName } from "./take_up.ts";

/** The longest name of a provider or a model, in characters. */
const LONGEST_NAME = 1_000;
/** The longest path, in characters. */
const LONGEST_PATH = 32_768;

/** What is read of an export. */
export interface ReadTranscript extends Transcript {
  /** What it holds of accounts that nobody is signed in to here goes back to nobody. */
  readonly foreign: boolean;
}

/**
 * Reads an export, in which nothing is taken on trust. `accounts` are the ids of those signed in here, by their SHA-256.
 *
 * @throws {Misfit} where it is not as it must be.
 */
export async function readTranscriptFields(
  document: unknown,
  accounts: ReadonlyMap<string, string>,
): Promise<ReadTranscript> {
  const root = { value: document, path: "$" };
  const at = objectAt(root);
  if (at("format").value !== FORMAT) {
    throw new Misfit(root, "a conversation that meka has exported");
  }
  if (countAt(at("version")) !== FORMAT_VERSION) {
    throw new Misfit(at("version"), `${FORMAT_VERSION} for this meka`);
  }
  const images = await imagesAt(at("images"));
  const strangers = new Set<string>();
  const turns = listAt(
    at("turns"),
    (field) => turnAt(field, { images, accounts, strangers }),
  );
  return {
    conversation: conversationAt(at),
    turns,
    summaries: listAt(
      at("summaries"),
      (field) => summaryAt(field, turns.length),
    ),
    foreign: strangers.size > 0,
  };
}

function conversationAt(at: (name: string) => Field): Conversation {
  return {
    id: textAt(at("id")),
    name: optionalAt(at("name"), nameAt),
    folder: shortAt(at("folder"), LONGEST_PATH),
    provider: shortAt(at("provider"), LONGEST_NAME),
    model: shortAt(at("model"), LONGEST_NAME),
    instructions: optionalAt(at("instructions"), textAt),
    parent: optionalAt(at("parent"), (field) => shortAt(field, LONGEST_NAME)),
    createdAt: timeAt(at("created_at")),
    updatedAt: timeAt(at("updated_at")),
  };
}

function nameAt(field: Field): string {
  const name = textAt(field);
  try {
    checkName(name);
    return name;
  } catch (error) {
    if (error instanceof MekaError) {
      throw new Misfit(field, "what a conversation can be called, or null");
    }
    throw error;
  }
}

function turnAt(
  field: Field,
  known: Omit<Known, "provider">,
): ToldTurn {
  const at = objectAt(field);
  const provider = shortAt(at("provider"), LONGEST_NAME);
  const called = new Set<string>();
  return {
    provider,
    model: shortAt(at("model"), LONGEST_NAME),
    status: wordAt(at("status"), STATUSES),
    hidden: switchAt(at("hidden")),
    usage: optionalAt(at("usage"), usageAt),
    contextTokens: optionalAt(at("context_tokens"), countAt),
    startedAt: timeAt(at("started_at")),
    endedAt: optionalAt(at("ended_at"), timeAt),
    items: listAt(at("items"), (field) => {
      const told = itemAt(field, { ...known, provider });
      const { item } = told;
      if (item.type === "call") called.add(item.id);
      // Services refuse a result without its call, and the conversation could not go on.
      if (item.type === "result" && !called.has(item.id)) {
        throw new Misfit(objectAt(field)("id"), "that of an earlier call");
      }
      return told;
    }),
  };
}

function usageAt(field: Field): Usage {
  const at = objectAt(field);
  return {
    inputTokens: optionalAt(at("input_tokens"), countAt),
    cachedInputTokens: optionalAt(at("cached_input_tokens"), countAt),
    outputTokens: optionalAt(at("output_tokens"), countAt),
    reasoningTokens: optionalAt(at("reasoning_tokens"), countAt),
    totalTokens: optionalAt(at("total_tokens"), countAt),
  };
}

function summaryAt(field: Field, turns: number): ToldSummary {
  const at = objectAt(field);
  const count = countAt(at("turns"));
  if (count < 1 || count > turns) {
    throw new Misfit(at("turns"), `a number of turns, from 1 to ${turns}`);
  }
  return {
    turns: count,
    text: textAt(at("text")),
    hidden: switchAt(at("hidden")),
    at: timeAt(at("created_at")),
  };
}
