import { Backend } from "./backend.ts";
import { Catalogue } from "./catalogue.ts";
import { addCounts, countRequests } from "./counts.ts";
import { askedOf } from "./asked.ts";
import { Issuer } from "./issuer.ts";
import { Load } from "./load.ts";
import { Memory } from "./memory.ts";
import { type Exchange, serveRecorded } from "./record.ts";
import { mustFind } from "./scenarios.ts";
import { prepareSize } from "./scenarios/size.ts";
import { Vault } from "./tokens.ts";
import { trap } from "./trap.ts";
import type { RecordedRequest, Standin, StandinOptions } from "./types.ts";
import { Waiting } from "./waiting.ts";

type Server = RecordedRequest["server"];
type Answer = (exchange: Exchange) => Promise<Response> | Response;

const RESPONSES = "/backend-api/codex/responses";

/** Starts the issuer and the Codex backend on loopback. */
export async function startStandin(
  options: StandinOptions = {},
): Promise<Standin> {
  const now = options.now ?? Date.now;
  const email = options.email ?? "person@example.com";
  const memory = new Memory({
    remember: options.remember,
    count: countRequests,
    add: addCounts,
  });
  const { requests } = memory;
  const load = new Load();
  const closing = new AbortController();
  const first = options.scenario ?? "text";
  mustFind(first);
  let queue = [first];

  const usual = options.accountId ?? "7a1f0b52-4c3d-4e8f-9a6b-0d2c4e6f8a10";
  const vault = new Vault({
    issuer: () => issuerUrl.origin,
    now,
    lifetimeSeconds: options.tokenLifetimeSeconds ?? 3600,
    accountId: usual,
    email,
    plan: options.plan ?? "plus",
  });
  const issuer = new Issuer({
    vault,
    now,
    email,
    redirectPorts: options.redirectPorts ?? [1455, 1457],
    origin: () => issuerUrl.origin,
    deviceInterval: options.deviceInterval ?? "1",
    approveDeviceAfter: options.approveDeviceAfter ?? Infinity,
  });
  const catalogue = new Catalogue({ strictLite: options.strictLite ?? false });
  const backend = new Backend({
    vault,
    catalogue,
    now,
    elsewhere: () => elsewhereUrl,
    nextScenario: () => {
      const name = queue[0] ?? first;
      if (queue.length > 1) queue.shift();
      return name;
    },
    knownItems: options.remember === "counts" ? 1000 : Infinity,
  });
  backend.expectCookies = options.expectCookies ?? true;

  const waiting = new Waiting(requests);
  const changed = (record: RecordedRequest): void => {
    if (record.path === RESPONSES) load.changed(record);
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
  const servers: Deno.HttpServer<Deno.NetAddr>[] = [];
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.all(servers.map((server) => server.finished));
  };
  const listen = (server: Server, port: number, answer: Answer): URL => {
    const started = serveRecorded({ ...common, server, port }, answer);
    servers.push(started);
    return new URL(`http://127.0.0.1:${started.addr.port}`);
  };
  let issuerUrl: URL;
  let backendUrl: URL;
  let elsewhereUrl: URL;
  try {
    issuerUrl = listen(
      "issuer",
      options.issuerPort ?? 0,
      (exchange) => issuer.answer(exchange),
    );
    backendUrl = listen(
      "backend",
      options.backendPort ?? 0,
      (exchange) => backend.answer(exchange),
    );
    elsewhereUrl = listen("elsewhere", 0, trap);
  } catch (error) {
    // A busy port must not leave the other server behind.
    await close();
    throw error;
  }
  return {
    issuer: issuerUrl,
    baseUrl: backendUrl,
    elsewhere: elsewhereUrl,
    requests,
    get violations(): readonly string[] {
      return memory.violations;
    },
    play(...names): void {
      for (const name of names) {
        mustFind(name);
        prepareSize(name);
      }
      queue = names.length === 0 ? [first] : [...names];
    },
    grant: (grantOptions) => vault.mint(vault.open(grantOptions), grantOptions),
    invalidateAccessTokens: () => vault.invalidateAccess(),
    refreshPlan: (...outcomes) => issuer.tokens.refreshPlan.set(outcomes),
    exchangePlan: (...outcomes) => issuer.tokens.exchangePlan.set(outcomes),
    devicePlan: (...outcomes) => issuer.device.plan.set(outcomes),
    revokePlan: (...outcomes) => issuer.revoke.plan.set(outcomes),
    modelsPlan: (...outcomes) => backend.models.plan.set(outcomes),
    usagePlan: (...outcomes) => backend.usage.plan.set(outcomes),
    useModels: (models) => catalogue.use(models),
    get modelsEtag(): string {
      return catalogue.etag;
    },
    expectCookies: (expected) => {
      backend.expectCookies = expected;
    },
    until: (condition) => waiting.until(condition),
    counts: () => memory.counts(),
    asked: (session) => askedOf(requests, RESPONSES, session),
    prompts: backend.prompts.all,
    load,
    limitUntil: (time) => {
      backend.limitedUntil = time;
    },
    seal: ({ accountId = usual, bytes } = {}) =>
      backend.seals.make(accountId, bytes),
    adopt: (items, accountId = usual) => backend.sent.add(items, accountId)(),
    reset(): void {
      memory.clear();
      load.reset();
      queue = [first];
      issuer.reset();
      catalogue.use();
      backend.reset();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
