import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import {
  type CompanyNetwork,
  companyNetwork,
  hasOpenssl,
  INSPECTOR,
  ISSUER_HOST,
  type ProxyManner,
  SERVICE_HOST,
} from "../support/company_network.ts";
import {
  type Ended,
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  signIn,
  storedTokens,
} from "../support/meka.ts";
import { canMake, withFile } from "../support/namespace.ts";
import { reserveSignInPorts } from "../support/ports.ts";
import { approvingBrowser } from "../support/program.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";
import { assertPlainStderr } from "../support/stderr.ts";

const ISSUED_BY =
  `issued by "${INSPECTOR.commonName}" (${INSPECTOR.organization}),`;
const UNTRUSTED = `its certificate, ${ISSUED_BY} is not trusted`;

/** A test behind the company's proxy; skipped where no certificates can be made. */
function companyTest(
  name: string,
  fn: (network: CompanyNetwork, standin: Standin) => Promise<void>,
  obstacle: string | undefined = hasOpenssl() ? undefined : "no openssl here",
): void {
  Deno.test({
    name: obstacle === undefined ? name : `${name} (skipped: ${obstacle})`,
    ignore: obstacle !== undefined,
    fn: async () => {
      await using standin = await startStandin();
      await using network = await companyNetwork(standin);
      await fn(network, standin);
      assert.deepEqual(standin.violations, []);
    },
  });
}

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  readonly expired?: true;
  readonly exit: number;
  readonly says: readonly string[];
}

const NOT_TRUSTED: readonly Case[] = [
  {
    what: "an answer",
    args: [PROMPT],
    exit: 5,
    says: [`meka: Cannot reach ${SERVICE_HOST}: ${UNTRUSTED}\n`],
  },
  {
    what: "a refresh",
    args: [PROMPT],
    expired: true,
    exit: 5,
    says: [
      `meka: Cannot refresh the sign-in: no connection to "${ISSUER_HOST}": ${UNTRUSTED}\n`,
    ],
  },
  {
    what: "the list of models",
    args: ["models"],
    exit: 5,
    says: [
      `meka: Cannot ask ${SERVICE_HOST} for the list of models: ${UNTRUSTED}\n`,
    ],
  },
  {
    what: "the plan's usage",
    args: ["status"],
    exit: 0,
    says: [
      `warning: Cannot ask ${SERVICE_HOST} for the plan's usage: ${UNTRUSTED}. If`,
    ],
  },
  {
    what: "a device code",
    args: ["setup", "--device", "--model", "gpt-5"],
    exit: 5,
    says: [
      `meka: Cannot sign in with a device code: no connection to "${ISSUER_HOST}": ${UNTRUSTED}\n`,
    ],
  },
];

for (const { what, args, expired, exit, says } of NOT_TRUSTED) {
  companyTest(
    `behind a proxy that opens TLS, ${what} fails with the certificate's issuer and the setting`,
    async (network, standin) => {
      await using home = await makeHome();
      const lifetimeSeconds = expired ? -10 : 3600;
      await signIn(home, standin.grant({ lifetimeSeconds }));
      const { env } = network;
      const { code, stderr } = await runMeka({ standin, home, args, env });
      assert.equal(code, exit, stderr);
      assertPlainStderr(stderr, code);
      for (const text of [...says, "If that is your company's, name a PEM"]) {
        assert.ok(stderr.includes(text), `"${text}" is not in: ${stderr}`);
      }
      assert.match(stderr, /in `SSL_CERT_FILE`$/m);
      assert.deepEqual(standin.requests, []);
      // Once for the request, once to see the certificate; nothing would change with another try.
      const host = /"?(\w+\.test)/.exec(stderr)?.[1];
      assert.deepEqual(network.tunnels, [`${host}:443`, `${host}:443`]);
    },
  );
}

companyTest(
  "behind a proxy that opens TLS, all of it works with SSL_CERT_FILE",
  async (network, standin) => {
    using _ = await reserveSignInPorts();
    await using home = await makeHome();
    const env = {
      ...network.env,
      SSL_CERT_FILE: network.roots,
      BROWSER: `env DENO_CERT=${network.roots} ${approvingBrowser()}`,
    };
    const run = async (...args: string[]): Promise<Ended> => {
      const ended = await runMeka({ standin, home, args, env });
      assert.equal(ended.code, 0, ended.stderr);
      assertNoSecret(ended.stderr, secretsOf(standin, home), "stderr");
      return ended;
    };
    await run("setup", "--model", "gpt-5");
    assert.match((await run(PROMPT)).stdout, /say hi/);
    await signIn(home, standin.grant({ lifetimeSeconds: -10 }));
    assert.match((await run(PROMPT)).stdout, /say hi/);
    assert.match((await run("models")).stdout, /^gpt-5\t/m);
    assert.match((await run("status")).stdout, /15% used/);
    await run("logout", "--revoke");
    assert.equal(storedTokens(home), undefined);
    const { exchanges, refreshes, responses, revokes } = standin.counts();
    assert.deepEqual(
      [exchanges, refreshes, responses, revokes],
      [1, 1, 2, 1],
    );
    const hosts = new Set(network.tunnels);
    assert.deepEqual(
      [...hosts].sort(),
      [`${ISSUER_HOST}:443`, `${SERVICE_HOST}:443`],
    );
  },
);

/** Where Debian and its relatives keep the system's roots. */
const SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt";
const canSwap = canMake(withFile(SYSTEM_ROOTS, SYSTEM_ROOTS));

companyTest(
  "a root of the system is trusted without SSL_CERT_FILE",
  async (network, standin) => {
    await using home = await signedInHome(standin);
    const { code, stderr } = await runMeka({
      standin,
      home,
      args: [PROMPT],
      env: network.env,
      inside: withFile(network.roots, SYSTEM_ROOTS),
    });
    assert.equal(code, 0, stderr);
  },
  canSwap ? undefined : "no mount namespace here",
);

companyTest(
  "SSL_CERT_FILE with another root is told as such",
  async (network, standin) => {
    await using home = await signedInHome(standin);
    await using other = await companyNetwork(standin);
    const env = { ...network.env, SSL_CERT_FILE: other.roots };
    const { code, stderr } = await runMeka({
      standin,
      home,
      args: [PROMPT],
      env,
    });
    assert.equal(code, 5, stderr);
    assert.ok(stderr.includes(UNTRUSTED), stderr);
    assert.ok(
      stderr.includes(
        `belongs into the file that \`SSL_CERT_FILE\` names, "${other.roots}"\n`,
      ),
      stderr,
    );
  },
);

companyTest(
  "NO_PROXY goes past the proxy, whose name is then not told",
  async (network, standin) => {
    await using home = await signedInHome(standin);
    const env = {
      ...network.env,
      MEKA_BASE_URL: network.server.origin,
      NO_PROXY: "intra.test,localhost",
    };
    const run = async (more: Record<string, string>): Promise<Ended> =>
      await runMeka({
        standin,
        home,
        args: [PROMPT],
        env: { ...env, ...more },
      });
    const without = await run({});
    assert.equal(without.code, 5, without.stderr);
    assert.ok(without.stderr.includes(UNTRUSTED), without.stderr);
    assert.doesNotMatch(without.stderr, /PROXY/);
    const ended = await run({ SSL_CERT_FILE: network.roots });
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(network.tunnels, []);
  },
);

// What README.md warns of under "A proxy's password": if this fails, that has changed.
companyTest(
  "a proxy's password works, and the runtime hands it to the service, too",
  async (network, standin) => {
    await using home = await signedInHome(standin);
    const HTTPS_PROXY = `http://${USER}:${PASSWORD}@${network.proxy.host}`;
    const env = { ...network.env, HTTPS_PROXY, SSL_CERT_FILE: network.roots };
    const args = ["-v", PROMPT];
    const { code, stderr } = await runMeka({ standin, home, args, env });
    assert.equal(code, 0, stderr);
    const proof = `Basic ${btoa(`${USER}:${PASSWORD}`)}`;
    assert.deepEqual(network.proofs, [proof]);
    assert.deepEqual(network.leaks, [proof]);
    assertNoSecret(stderr, [PASSWORD, proof], "stderr");
  },
);

interface ProxyCase {
  readonly what: string;
  readonly manner?: ProxyManner;
  /** What stands in HTTPS_PROXY, given the proxy's address. */
  readonly proxy?: (address: string) => string;
  readonly says: (address: string) => readonly string[];
  /** How often the proxy is asked; a turn tries five times. */
  readonly tries: number;
}

const USER = "someone";
const PASSWORD = "correct-horse-battery";

const PROXY_CASES: readonly ProxyCase[] = [
  {
    what: "a proxy that asks for a password",
    manner: "asks who",
    says: (address) => [
      `: the proxy ${address} in \`HTTPS_PROXY\` asks for a user and a password\n`,
      `Write them into \`HTTPS_PROXY\`: http://USER:PASSWORD@${address}\n`,
    ],
    tries: 1,
  },
  {
    what: "a proxy that does not take the password",
    manner: "asks who",
    proxy: (address) => `http://${USER}:${PASSWORD}@${address}`,
    says: (address) => [
      `: the proxy ${address} in \`HTTPS_PROXY\` does not accept the user and the password given there\n`,
      "Correct `HTTPS_PROXY`\n",
    ],
    tries: 1,
  },
  {
    what: "a proxy that does not let people out",
    manner: "refuses",
    proxy: (address) => `http://${USER}:${PASSWORD}@${address}`,
    says: (address) => [
      `: the proxy ${address} in \`HTTPS_PROXY\` does not connect to it\n`,
      `Check \`HTTPS_PROXY\`, or name ${SERVICE_HOST} in \`NO_PROXY\``,
    ],
    tries: 5,
  },
  {
    what: "a proxy that hangs up",
    manner: "hangs up",
    says: (address) => [
      `: the proxy ${address} in \`HTTPS_PROXY\` does not connect to it\n`,
    ],
    tries: 5,
  },
  {
    what: "a proxy that is not there",
    proxy: () => "127.0.0.1:2",
    says: () => [
      ": the proxy 127.0.0.1:2 in `HTTPS_PROXY`: connection refused\n",
    ],
    tries: 0,
  },
  {
    what: "a proxy whose password is right, and whose certificates are not",
    proxy: (address) => `http://${USER}:${PASSWORD}@${address}`,
    says: () => [UNTRUSTED],
    tries: 2,
  },
];

for (const { what, manner, proxy, says, tries } of PROXY_CASES) {
  companyTest(
    `${what} is told with its variable, and never its password`,
    async (network, standin) => {
      await using home = await signedInHome(standin);
      network.manner = manner ?? "opens";
      const address = network.proxy.host;
      const HTTPS_PROXY = proxy?.(address) ?? `http://${address}`;
      const env = { ...network.env, HTTPS_PROXY, MEKA_DEBUG: "1" };
      const { code, stderr } = await runMeka({
        standin,
        home,
        args: ["-v", PROMPT],
        env,
      });
      assert.equal(code, 5, stderr);
      for (const text of says(address)) {
        assert.ok(stderr.includes(text), `"${text}" is not in: ${stderr}`);
      }
      const encoded = btoa(`${USER}:${PASSWORD}`);
      assertNoSecret(stderr, [PASSWORD, `${USER}:`, encoded], "stderr");
      assert.equal(network.tunnels.length, tries);
      const proof = HTTPS_PROXY.includes("@") ? `Basic ${encoded}` : undefined;
      assert.deepEqual(new Set(network.proofs), new Set(tries ? [proof] : []));
      assert.deepEqual(standin.requests, []);
    },
  );
}

const BAD_FILES: readonly [string, (home: Home) => Promise<string>][] = [
  ["is not there", (home) => Promise.resolve(`${home.folder}/none.pem`)],
  ["holds no certificate", async (home) => {
    const path = `${home.folder}/empty.pem`;
    await Deno.writeTextFile(path, "nothing\n");
    return path;
  }],
];

for (const [what, make] of BAD_FILES) {
  Deno.test(`an SSL_CERT_FILE that ${what} is a configuration error`, async () => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    const path = await make(home);
    const env = {
      MEKA_BASE_URL: `https://${SERVICE_HOST}`,
      SSL_CERT_FILE: path,
    };
    for (const args of [[PROMPT], ["status"], ["models"]]) {
      const { code, stderr } = await runMeka({ standin, home, args, env });
      assert.equal(code, 2, stderr);
      assertPlainStderr(stderr, code);
      assert.ok(stderr.includes("`SSL_CERT_FILE`"), stderr);
      assert.ok(stderr.includes(path), stderr);
    }
  });
}
