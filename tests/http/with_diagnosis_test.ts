import assert from "node:assert/strict";
import {
  ConnectError,
  explainConnect,
} from "../../src/http/connect_failure.ts";
import { withDiagnosis } from "../../src/http/with_diagnosis.ts";
import { memoryHost, type MemoryHostOptions } from "../support/memory_host.ts";

const URL_TEXT = "https://chatgpt.example/x?code=SECRET";

/** The two ways in which versions of the runtime hold their words. */
const DRESSES: readonly ((words: string) => TypeError)[] = [
  (words) =>
    new TypeError("fetch failed", {
      cause: new Error(`error sending request for url (${URL_TEXT}): ${words}`),
    }),
  (words) =>
    new TypeError(`error sending request for url (${URL_TEXT}): ${words}`),
];

interface Case {
  readonly words: string;
  readonly host?: MemoryHostOptions;
  readonly why: string | undefined;
  readonly hint?: RegExp;
  readonly lasting?: true;
}

const TLS = "client error (Connect): invalid peer certificate:";
const PROXY = { HTTPS_PROXY: "http://someone:secret@p.corp:3128" };
const IN_PROXY = "the proxy p.corp:3128 in `HTTPS_PROXY`";

const CASES: readonly Case[] = [
  {
    words: `${TLS} UnknownIssuer`,
    why: "its certificate is not trusted",
    hint: /in `SSL_CERT_FILE`$/,
    lasting: true,
  },
  {
    words: `${TLS} UnknownIssuer`,
    host: { peerIssuer: { commonName: "Root X", organization: "Acme" } },
    why: 'its certificate, issued by "Root X" (Acme), is not trusted',
    hint: /company/,
    lasting: true,
  },
  {
    words: `${TLS} UnknownIssuer`,
    host: { peerIssuer: { commonName: "Acme Root", organization: "Acme" } },
    why: 'its certificate, issued by "Acme Root", is not trusted',
    lasting: true,
  },
  {
    words: `${TLS} UnknownIssuer`,
    host: { peerIssuer: { commonName: undefined, organization: "Acme" } },
    why: 'its certificate, issued by "Acme", is not trusted',
    lasting: true,
  },
  {
    words: `${TLS} Other(OtherError(CaUsedAsEndEntity))`,
    host: { peerIssuer: { commonName: undefined, organization: undefined } },
    why: 'its certificate, issued by "somebody without a name", is not trusted',
    lasting: true,
  },
  {
    words: `${TLS} UnknownIssuer`,
    host: {
      peerIssuer: {
        commonName: `\x1b[31m\u202e${"x".repeat(500)}`,
        organization: undefined,
      },
    },
    why: `its certificate, issued by "[31m${"x".repeat(75)}…", is not trusted`,
    lasting: true,
  },
  {
    words: `${TLS} UnknownIssuer`,
    host: { env: { SSL_CERT_FILE: "/corp.pem" } },
    why: "its certificate is not trusted",
    hint: /belongs into the file that `SSL_CERT_FILE` names, "\/corp.pem"$/,
    lasting: true,
  },
  {
    words: `${TLS} Expired`,
    host: { peerIssuer: { commonName: "Root X", organization: undefined } },
    why: 'its certificate, issued by "Root X", has expired',
    hint: /clock/,
    lasting: true,
  },
  {
    words:
      `${TLS} certificate not valid yet: verification time 1795375120 (UNIX), but certificate is not valid before 2208988800`,
    why: "its certificate is not valid yet",
    hint: /clock/,
    lasting: true,
  },
  {
    words:
      `${TLS} certificate not valid for name "chatgpt.example"; certificate is only valid for DnsName("x")`,
    host: { env: PROXY },
    why: "it showed the certificate of another host",
    hint: /p\.corp:3128/,
    lasting: true,
  },
  {
    words: "client error (Connect): proxy authentication required",
    host: { env: { HTTPS_PROXY: "p.corp:3128" } },
    why: `${IN_PROXY} asks for a user and a password`,
    hint: /http:\/\/USER:PASSWORD@p\.corp:3128$/,
    lasting: true,
  },
  {
    words: "client error (Connect): proxy authentication required",
    host: { env: PROXY },
    why: `${IN_PROXY} does not accept the user and the password given there`,
    hint: /Correct/,
    lasting: true,
  },
  {
    words: "client error (Connect): unsuccessful tunnel",
    host: { env: PROXY },
    why: `${IN_PROXY} does not connect to it`,
    hint: /chatgpt\.example in `NO_PROXY`/,
  },
  {
    words: "client error (Connect): unexpected eof while tunneling",
    host: { env: PROXY },
    why: `${IN_PROXY} does not connect to it`,
  },
  {
    words:
      "client error (Connect): received corrupt message of type InvalidContentType",
    host: { env: PROXY },
    why: `${IN_PROXY} is none for https`,
    lasting: true,
  },
  {
    words:
      "client error (Connect): tcp connect error: Connection refused (os error 111)",
    host: { env: PROXY },
    why: `${IN_PROXY}: connection refused`,
    hint: /Check `HTTPS_PROXY`/,
  },
  {
    words: "client error (Connect): Proxy server unreachable",
    host: { env: { ALL_PROXY: "socks5://p.corp" } },
    why: "the proxy p.corp:1080 in `ALL_PROXY`: cannot be reached",
  },
  {
    words:
      "client error (Connect): tcp connect error: Connection refused (os error 111)",
    host: { env: { ...PROXY, NO_PROXY: "chatgpt.example" } },
    why: "connection refused",
  },
  {
    words:
      "client error (Connect): dns error: failed to lookup address information",
    why: "the name cannot be resolved",
  },
  { words: "something new", host: { env: PROXY }, why: undefined },
];

for (const [dress, make] of DRESSES.entries()) {
  for (const { words, host, why, hint, lasting = false } of CASES) {
    Deno.test(`withDiagnosis() says "${why}" of "${words}" (${dress})`, async () => {
      const error = make(words);
      const ask = withDiagnosis(
        () => Promise.reject(error),
        memoryHost(host),
      );
      const told = await ask(new Request(URL_TEXT)).catch((error) => error);
      assert.ok(told instanceof TypeError);
      const failure = explainConnect(told);
      assert.equal(failure.why, why);
      assert.equal(failure.lasting, lasting);
      if (hint !== undefined) assert.match(failure.hint ?? "", hint);
      assert.ok(
        !`${failure.why} ${failure.hint} ${told.message}`.includes("secret"),
      );
      if (told instanceof ConnectError) assert.equal(told.cause, error);
      else assert.equal(told, error);
    });
  }
}

Deno.test("withDiagnosis() takes a proxy's 407 to a plain request for what it is", async () => {
  const host = memoryHost({ env: { HTTP_PROXY: "http://p.corp:3128" } });
  const ask = withDiagnosis(
    () => Promise.resolve(new Response("who?", { status: 407 })),
    host,
  );
  await assert.rejects(ask(new Request("http://127.0.0.1:1/")), {
    why: "the proxy p.corp:3128 in `HTTP_PROXY` asks for a user and a password",
  });
});

Deno.test("withDiagnosis() leaves answers and the end of a run alone", async () => {
  const host = memoryHost({ env: PROXY });
  const answer = new Response("hi", { status: 403 });
  const ask = withDiagnosis(() => Promise.resolve(answer), host);
  assert.equal(await ask(new Request(URL_TEXT)), answer);

  const ended = AbortSignal.abort(new Error("Ctrl-C"));
  const error = new TypeError("connection refused");
  const late = withDiagnosis(() => Promise.reject(error), host);
  const request = new Request(URL_TEXT, { signal: ended });
  await assert.rejects(late(request), error);
});
