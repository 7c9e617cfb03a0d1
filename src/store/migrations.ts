/** Numbered by position, append-only: entry n brings a database from `user_version` n to n + 1. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE oauth_tokens (
    provider      TEXT PRIMARY KEY,   -- the name in the config
    access_token  TEXT NOT NULL,
    refresh_token TEXT,
    id_token      TEXT,
    account_id    TEXT,               -- claim chatgpt_account_id of the id token, as of the sign-in
    email         TEXT,
    plan          TEXT,
    fedramp       INTEGER NOT NULL DEFAULT 0,
    expires_at    INTEGER,            -- epoch seconds; NULL when the access token has no readable exp
    refreshed_at  INTEGER NOT NULL,   -- epoch milliseconds of the sign-in or the last refresh
    attempted_at  INTEGER,            -- epoch milliseconds of the last refresh that failed for the moment
    refusal       TEXT                -- why the issuer refused this refresh token for good
  ) STRICT;

  CREATE TABLE cookies (
    domain      TEXT NOT NULL,
    path        TEXT NOT NULL,
    name        TEXT NOT NULL,
    value       TEXT NOT NULL,
    host_only   INTEGER NOT NULL,
    secure      INTEGER NOT NULL,
    http_only   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,     -- epoch milliseconds
    created_at  INTEGER NOT NULL,
    accessed_at INTEGER NOT NULL,
    PRIMARY KEY (domain, path, name)
  ) STRICT;
  `,
];
