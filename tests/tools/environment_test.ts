import assert from "node:assert/strict";
import { withoutSecrets } from "../../src/tools/environment.ts";

const KEPT = [
  "PATH=/usr/bin:/bin",
  "HOME=/home/a",
  "LANG=C.UTF-8",
  "LC_ALL=C",
  "TERM=xterm-256color",
  "PWD=/home/a",
  "OLDPWD=/",
  "SHELL=/bin/sh",
  "USER=a",
  "TMPDIR=/tmp",
  "EDITOR=vi",
  "GOPATH=/go",
  "JAVA_HOME=/jdk",
  "NODE_OPTIONS=--max-old-space-size=4096",
  "VIRTUAL_ENV=/home/a/venv",
  "GIT_AUTHOR_NAME=A",
  "GIT_AUTHOR_EMAIL=a@example.com",
  "XDG_SESSION_TYPE=wayland",
  "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus",
  "KEYBOARD_LAYOUT=us",
  "COMPASS=north",
  "BYPASS_CACHE=1",
  "HTTPS_PROXY=http://proxy.example:3128",
  "NO_PROXY=localhost,.example.com",
  "DATABASE_URL=postgres://localhost:5432/app",
  "SSH_CONNECTION=10.0.0.1 5 10.0.0.2 22",
  "DOCS=https://example.com/a@b:c",
] as const;

for (const pair of KEPT) {
  Deno.test(`withoutSecrets() keeps ${pair}`, () => {
    assert.deepEqual(withoutSecrets(entry(pair)), entry(pair));
  });
}

const LEFT_OUT = [
  "OPENAI_API_KEY=x",
  "OPENAI_BASE_URL=https://example.com",
  "openai_organization=x",
  "OPENAI_CODEX_TOKEN=x",
  "MEKA_CONFIG_DIR=/x",
  "MEKA_DATA_DIR=/x",
  "ANTHROPIC_API_KEY=x",
  "AWS_ACCESS_KEY_ID=x",
  "AWS_SECRET_ACCESS_KEY=x",
  "AWS_SESSION_TOKEN=x",
  "GITHUB_TOKEN=x",
  "GH_PAT=x",
  "npm_config__auth=x",
  "npm_config__authToken=x",
  "NPM_CONFIG_//REGISTRY/:_AUTHTOKEN=x",
  "DENO_AUTH_TOKENS=x",
  "PGPASSWORD=x",
  "PGPASSFILE=x",
  "MYSQL_PWD=x",
  "DB_PASS=x",
  "GPG_PASSPHRASE=x",
  "SUDO_PASSWD=x",
  "GOOGLE_APPLICATION_CREDENTIALS=x",
  "SSH_AUTH_SOCK=x",
  "XAUTHORITY=x",
  "SESSION_COOKIE=x",
  "JWT=x",
  "SENTRY_DSN=x",
  "SLACK_WEBHOOK_URL=x",
  "my_secret=x",
  "PRIVATE_PEM=x",
  "https_proxy=http://user:word@proxy.example:3128",
  "HTTP_PROXY=http://:word@proxy.example",
  "DATABASE_URL=postgres://app:word@db.example/app",
  "REDIS=redis://:word@redis.example:6379",
  "A=sk-abcdefghijklmnop",
  "A=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
  "A=ghp_abcdefghijklmnopqrst",
  "A=github_pat_abcdefghijklmnopqrst",
  "A=glpat-abcdefghijklmnopqrst",
  "A=xoxb-abcdefghijklmnopqrst",
  "A=AKIAABCDEFGHIJKLMNOP",
  "A=Authorization: Bearer abcdefghijklmnop",
  "A=-----BEGIN OPENSSH PRIVATE KEY-----\nabc",
] as const;

for (const pair of LEFT_OUT) {
  Deno.test(`withoutSecrets() leaves out ${JSON.stringify(pair)}`, () => {
    assert.deepEqual(withoutSecrets(entry(pair)), {});
  });
}

function entry(pair: string): Readonly<Record<string, string>> {
  const at = pair.indexOf("=");
  return { [pair.slice(0, at)]: pair.slice(at + 1) };
}
