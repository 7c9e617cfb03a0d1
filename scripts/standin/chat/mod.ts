import { askedOf } from "../asked.ts";
import { Load } from "../load.ts";
import { Memory } from "../memory.ts";
import { serveRecorded } from "../record.ts";
import { trap } from "../trap.ts";
import type { RecordedRequest } from "../types.ts";
import { Waiting } from "../waiting.ts";
import type { Profile } from "./profile.ts";
import { CHAT_PROFILES } from "./profiles.ts";
import { mustFindChat } from "./scenarios.ts";
import { prepareChatSize } from "./scenarios/size.ts";
import { ChatServer } from "./server.ts";
import type { ChatCounts, ChatStandin, ChatStandinOptions } from "./types.ts";

const COMPLETIONS = "/chat/completions";

/** Starts a Chat Completions server of one family on loopback. */
export async function startChatStandin(
  options: ChatStandinOptions,
): Promise<ChatStandin> {
  const profile: Profile = CHAT_PROFILES[options.profile];
  const key = options.key ?? profile.defaultKey;
  const now = options.now ?? Date.now;
  const memory = new Memory({
    remember: options.remember,
    count: countChat,
    add: addChat,
  });
  const { requests } = memory;
  const load = new Load();
  const closing = new AbortController();
  const first = options.scenario ?? "text";
  mustFindChat(first);
  let queue = [first];

  const chat = new ChatServer({
    profile,
    key,
    now,
    elsewhere: () => elsewhere,
    nextScenario: () => {
      const name = queue[0] ?? first;
      if (queue.length > 1) queue.shift();
      return name;
    },
    contextWindow: options.contextWindow ?? Infinity,
    knownAnswers: options.remember === "counts" ? 1000 : Infinity,
  });
  const waiting = new Waiting(requests);
  const changed = (record: RecordedRequest): void => {
    if (record.path.endsWith(COMPLETIONS)) load.changed(record);
    if (record.aborted || record.answered) {
      memory.over(record);
      options.onRequest?.(record);
    }
    waiting.check();
  };
  const common = {
    requests,
    arrival: () => memory.arrival(),
    closing: closing.signal,
    now,
    changed,
  };
  const other = serveRecorded(
    { ...common, server: "elsewhere", port: 0 },
    trap,
  );
  const elsewhere = new URL(`http://127.0.0.1:${other.addr.port}`);
  const servers = [other];
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.all(servers.map((server) => server.finished));
  };
  let baseUrl: URL;
  try {
    const server = serveRecorded(
      { ...common, server: "chat", port: options.port ?? 0 },
      (exchange) => chat.answer(exchange),
    );
    servers.push(server);
    baseUrl = new URL(profile.base, `http://127.0.0.1:${server.addr.port}`);
  } catch (error) {
    // A busy port must not leave the other server behind.
    await close();
    throw error;
  }
  return {
    profile: options.profile,
    baseUrl,
    elsewhere,
    key,
    model: profile.models[0]?.id ?? "",
    requests,
    get violations(): readonly string[] {
      return memory.violations;
    },
    play(...names): void {
      for (const name of names) {
        mustFindChat(name);
        prepareChatSize(name, profile);
      }
      queue = names.length === 0 ? [first] : [...names];
    },
    modelsPlan: (...outcomes) => chat.models.set(outcomes),
    until: (condition) => waiting.until(condition),
    counts: () => memory.counts(),
    asked: () => askedOf(requests, COMPLETIONS),
    prompts: chat.prompts.all,
    load,
    limitUntil: (time) => {
      chat.limitedUntil = time;
    },
    reset(): void {
      memory.clear();
      load.reset();
      queue = [first];
      chat.reset();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Counts requests by what they asked for. */
function countChat(requests: readonly RecordedRequest[]): ChatCounts {
  const ending = (end: string): number =>
    requests.filter((request) =>
      request.server === "chat" && isKnown(request) &&
      request.path.endsWith(end)
    ).length;
  return {
    completions: ending(COMPLETIONS),
    models: ending("/models"),
    unknown: requests.filter((request) => !isKnown(request)).length,
    elsewhere: requests.filter(({ server }) => server === "elsewhere").length,
  };
}

function addChat(a: ChatCounts, b: ChatCounts): ChatCounts {
  return {
    completions: a.completions + b.completions,
    models: a.models + b.models,
    unknown: a.unknown + b.unknown,
    elsewhere: a.elsewhere + b.elsewhere,
  };
}

function isKnown({ violations }: RecordedRequest): boolean {
  return !violations.some((text) => text.startsWith("no such endpoint"));
}
