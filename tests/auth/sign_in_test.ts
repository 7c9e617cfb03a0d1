import assert from "node:assert/strict";
import { approveDevice } from "../../scripts/standin/browser.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import type { MekaError } from "../../src/errors.ts";
import { decide } from "../support/consent.ts";
import type { MemoryHostOptions } from "../support/memory_host.ts";
import { makePerson, type Person } from "../support/person.ts";
import { assertNoSecret } from "../support/secrets.ts";

/** A person in front of the stand-in, for whom a second passes at once. */
interface Visitor extends Person {
  readonly standin: Standin;
}

async function person(options: MemoryHostOptions = {}): Promise<Visitor> {
  const standin = await startStandin();
  const made = await makePerson(standin.issuer, { napMs: 1_000, ...options });
  return {
    ...made,
    standin,
    [Symbol.asyncDispose]: async () => {
      await made[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

/** Nothing that was shown may hold a secret; the state is none, and stands in the URL to open. */
function assertDiscreet({ host, secrets }: Person): void {
  assert.ok(secrets.length >= 3);
  const shown = host.written.map(({ text }) => text).join("");
  assertNoSecret(shown, secrets, "the output");
  assertNoSecret(host.prompts.join(), secrets, "the questions");
}

/** Types at the prompts what `answers` makes of the address that the browser is sent to. */
function typing(
  ...answers: readonly ((address: URL) => string)[]
): MemoryHostOptions & { readonly typed: string[] } {
  const typed: string[] = [];
  return {
    typed,
    browser: async (url) => {
      const address = new URL(await decide(url));
      typed.push(...answers.map((answer) => answer(address)));
    },
  };
}

const PASTES: readonly (readonly [string, (address: URL) => string])[] = [
  ["the address", (address) => address.href],
  ["the code", ({ searchParams }) => searchParams.get("code") ?? ""],
  [
    "the code and the state",
    ({ searchParams }) =>
      `${searchParams.get("code")}#${searchParams.get("state")}`,
  ],
];

for (const [name, answer] of PASTES) {
  Deno.test(`signIn() takes ${name} from the terminal`, async () => {
    await using someone = await person(typing(answer));
    const row = await someone.signIn();
    assert.equal(row.email, "person@example.com");
    assert.deepEqual(someone.row(), row);
    assert.deepEqual(someone.standin.violations, []);
    assert.equal(someone.standin.counts().exchanges, 1);
    assert.equal(someone.host.prompts.length, 1);
    assert.deepEqual([...someone.host.listening], []);
    assert.deepEqual(someone.host.sleeping, []);
    assertDiscreet(someone);
  });
}

Deno.test("signIn() says what is wrong with a pasted text and goes on", async () => {
  await using someone = await person(typing(
    () => "yes",
    (address) => address.href.replace(/state=[^&]*/, "state=other"),
    (address) => address.href,
  ));
  await someone.signIn();
  assert.deepEqual(
    someone.host.stderr().match(/^That .*$/gm),
    [
      "That is neither an address nor a code.",
      "That belongs to another sign-in.",
    ],
  );
  assert.equal(someone.host.prompts.length, 3);
  assert.deepEqual(someone.standin.violations, []);
  assertDiscreet(someone);
});

Deno.test("signIn() ends with a pasted denial", async () => {
  const typed: string[] = [];
  await using someone = await person({
    typed,
    browser: async (url) => {
      typed.push(await decide(url, "deny"));
    },
  });
  await assert.rejects(someone.signIn(), {
    kind: "auth",
    message: /denied/,
  });
  assert.equal(someone.row(), undefined);
});

Deno.test("signIn() ends the question when the browser is first", async () => {
  const visited = Promise.withResolvers<void>();
  await using someone = await person({
    browser: (url, host) => {
      // The person is asked meanwhile.
      const visit = async (): Promise<void> => {
        const redirect = await host.visit(await decide(url));
        const { origin } = new URL(url.searchParams.get("redirect_uri") ?? "");
        const next = redirect.headers.get("location") ?? "";
        await (await host.visit(`${origin}${next}`)).text();
      };
      visit().then(visited.resolve, visited.reject);
      return Promise.resolve();
    },
  });
  const row = await someone.signIn();
  await visited.promise;
  assert.deepEqual(someone.row(), row);
  assert.equal(someone.host.prompts.length, 1);
  assertDiscreet(someone);
});

Deno.test("signIn() exchanges once when browser and terminal answer together", async () => {
  const typed: string[] = [];
  let late: Promise<Response> | undefined;
  await using someone = await person({
    typed,
    browser: async (url, host) => {
      const address = await decide(url);
      typed.push(address);
      host.prompt = (question): Promise<string | undefined> => {
        host.prompts.push(question);
        // The browser's request is there before the typed line is looked at.
        late = host.visit(address)
          .then(() => host.visit("http://localhost:1455/success"));
        return Promise.resolve(typed.shift());
      };
    },
  });
  await someone.signIn();
  await (await late)?.text();
  assert.equal(someone.standin.counts().exchanges, 1);
  assert.deepEqual(someone.standin.violations, []);
});

Deno.test("signIn() asks nothing without a terminal", async () => {
  await using someone = await person({
    terminal: ["stderr"],
    browser: async (url, host) => {
      const redirect = await host.visit(await decide(url));
      const next = redirect.headers.get("location") ?? "";
      await host.visit(new URL(next, "http://localhost:1455").href);
    },
  });
  await someone.signIn();
  assert.deepEqual(someone.host.prompts, []);
});

Deno.test("signIn() only shows the page with `openBrowser: false`", async () => {
  const typed: string[] = [];
  await using someone = await person({
    typed,
    browser: () => Promise.reject(new Error("a browser was opened")),
  });
  const { write } = someone.host;
  someone.host.write = async (output): Promise<void> => {
    await write(output);
    const page = /^http\S+authorize\S+$/m.exec(output.text)?.[0];
    if (page !== undefined) typed.push(await decide(page));
  };
  await someone.signIn({ openBrowser: false });
  assert.doesNotMatch(someone.host.stderr(), /display/);
});

for (
  const [env, sentence] of [
    [{ SSH_TTY: "/dev/pts/1" }, /session over SSH/],
    [{}, /no display/],
  ] as const
) {
  Deno.test(`signIn() says that there is ${sentence.source}`, async () => {
    const { typed, ...options } = typing((address) => address.href);
    await using someone = await person({ ...options, typed, env });
    const { openBrowser } = someone.host;
    someone.host.openBrowser = async (url): Promise<boolean> => {
      await openBrowser(url);
      return false;
    };
    await someone.signIn();
    assert.match(someone.host.stderr(), sentence);
    assert.match(someone.host.stderr(), /`meka setup --device`/);
  });
}

const HOLDERS = { 1455: { name: "codex\x1b[2J", pid: 42 } };

Deno.test("signIn() says who has port 1455 and takes 1457", async () => {
  await using someone = await person({
    ...typing((address) => address.href),
    busyPorts: [1455],
    holders: HOLDERS,
  });
  await someone.signIn();
  const said = someone.host.stderr();
  assert.match(said, /^Ports in use: 1455 by "codex\[2J" \(process 42\)\.$/m);
  assert.match(said, /redirect_uri=http%3A%2F%2Flocalhost%3A1457%2F/);
});

Deno.test("signIn() only takes what is pasted when both ports are busy", async () => {
  await using someone = await person({
    ...typing(() => "oh", (address) => address.href),
    busyPorts: [1455, 1457],
    holders: HOLDERS,
  });
  await someone.signIn();
  const said = someone.host.stderr();
  assert.match(said, /process 42\), 1457 by another program\./);
  assert.match(said, /redirect_uri=http%3A%2F%2Flocalhost%3A1455%2F/);
  assert.match(said, /its address is what to\npaste here/);
  assert.deepEqual(someone.standin.violations, []);
});

Deno.test("signIn() ends when both ports are busy and nothing is pasted", async () => {
  await using someone = await person({ busyPorts: [1455, 1457], typed: [] });
  someone.host.prompt = (): Promise<undefined> => Promise.resolve(undefined);
  await assert.rejects(someone.signIn(), {
    kind: "auth",
    message: "Nothing was pasted",
  });
});

Deno.test("signIn() names the other way when both ports are busy without a terminal", async () => {
  await using someone = await person({
    terminal: false,
    busyPorts: [1455, 1457],
    holders: HOLDERS,
  });
  await assert.rejects(someone.signIn(), {
    kind: "auth",
    message: /ports 1455 and 1457 are in use: 1455 by "codex/,
    hint: /`meka setup --device`/,
  });
  assert.equal(someone.host.stderr(), "");
});

Deno.test("signIn() goes on with the browser when the terminal ends", async () => {
  const asked = Promise.withResolvers<void>();
  const page = Promise.withResolvers<URL>();
  await using someone = await person({
    browser: (url) => Promise.resolve(page.resolve(url)),
  });
  someone.host.prompt = (): Promise<undefined> => {
    asked.resolve();
    return Promise.resolve(undefined);
  };
  const result = someone.signIn();
  await asked.promise;
  const redirect = await someone.host.visit(await decide(await page.promise));
  assert.equal(redirect.headers.get("location"), "/success");
  await someone.host.visit("http://localhost:1455/success");
  assert.equal((await result).email, "person@example.com");
});

/** Lets the person enter the code once it is shown. */
function entering(someone: Visitor, options: { deny?: boolean } = {}): void {
  const { write } = someone.host;
  someone.host.write = async (output): Promise<void> => {
    await write(output);
    const code = /^ {4}(\S+)$/m.exec(output.text)?.[1];
    if (code === undefined) return;
    const page = await approveDevice(someone.standin.issuer, code, options);
    await page.body?.cancel();
  };
}

for (const outcome of ["ok", "alias", "number_interval"]) {
  Deno.test(`signIn() signs in with a device code: ${outcome}`, async () => {
    await using someone = await person();
    someone.standin.devicePlan(outcome);
    entering(someone);
    const row = await someone.signIn({ way: "device" });
    assert.equal(row.email, "person@example.com");
    assert.deepEqual(someone.row(), row);
    assert.equal(someone.standin.counts().exchanges, 1);
    assert.deepEqual([...someone.host.listening], []);
    assertDiscreet(someone);
  });
}

const DEVICE_ENDS: readonly (readonly [string, MekaError["kind"], RegExp])[] = [
  ["off", "auth", /not allowed here/],
  ["refused", "auth", /not enabled for this workspace/],
  ["refused_400", "auth", /not enabled for this workspace/],
  ["refused_401", "auth", /not enabled for this workspace/],
  ["refused_410", "auth", /code is gone/],
  ["expired", "auth", /not entered within 15 minutes/],
  ["both_names", "auth", /user_code and usercode together/],
  ["server_error", "network", /status 500/],
  ["challenge", "blocked", /Cloudflare/],
  ["drop", "network", /no connection/],
  ["poll_server_error", "network", /status 500/],
  ["poll_challenge", "blocked", /Cloudflare/],
];

for (const [outcome, kind, message] of DEVICE_ENDS) {
  Deno.test(`signIn() tells how a device code ends: ${outcome}`, async () => {
    await using someone = await person();
    someone.standin.devicePlan(outcome);
    await assert.rejects(someone.signIn({ way: "device" }), { kind, message });
    assert.equal(someone.row(), undefined);
  });
}

Deno.test("signIn() tells that the person refused a device code", async () => {
  await using someone = await person();
  entering(someone, { deny: true });
  await assert.rejects(someone.signIn({ way: "device" }), {
    kind: "auth",
    message: /it was denied/,
  });
});

Deno.test("signIn() survives a lost answer while it waits for a device", async () => {
  await using someone = await person();
  someone.standin.devicePlan("poll_drop");
  const { write } = someone.host;
  let codes: string | undefined;
  someone.host.write = async (output): Promise<void> => {
    await write(output);
    codes ??= /^ {4}(\S+)$/m.exec(output.text)?.[1];
    // The third question is the one after the lost answer.
    if (output.text.includes("14:58") && codes !== undefined) {
      const page = await approveDevice(someone.standin.issuer, codes);
      await page.body?.cancel();
    }
  };
  assert.equal((await someone.signIn({ way: "device" })).plan, "plus");
});

Deno.test("signIn() takes the way that is chosen after a refused device code", async () => {
  await using someone = await person(typing((address) => address.href));
  someone.standin.devicePlan("refused");
  const told: string[] = [];
  await someone.signIn({
    way: "device",
    onDeviceRefused: (error) => {
      told.push(error.message);
      return Promise.resolve({ openBrowser: true });
    },
  });
  assert.match(told.join(), /not enabled for this workspace/);
  assert.equal(someone.standin.counts().exchanges, 1);
});
