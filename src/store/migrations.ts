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
  `
  CREATE TABLE catalogues (
    provider   TEXT PRIMARY KEY,
    account_id TEXT,                  -- whose list this is; another account has another one
    etag       TEXT,
    told_at    INTEGER NOT NULL       -- epoch milliseconds
  ) STRICT;

  CREATE TABLE models (
    provider       TEXT NOT NULL,
    id             TEXT NOT NULL,
    position       INTEGER NOT NULL,  -- in the order for people
    name           TEXT NOT NULL,
    efforts        TEXT NOT NULL,     -- JSON array
    default_effort TEXT,
    ultra_effort   TEXT,
    context_window INTEGER,
    modalities     TEXT NOT NULL,     -- JSON array
    lite           INTEGER NOT NULL,
    listed         INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
  ) STRICT;

  CREATE TABLE limits (
    provider   TEXT PRIMARY KEY,
    account_id TEXT,
    told_at    INTEGER NOT NULL,      -- epoch milliseconds
    usage      TEXT NOT NULL          -- JSON of an AccountUsage
  ) STRICT;
  `,
  `
  CREATE TABLE api_keys (
    provider  TEXT NOT NULL,
    origin    TEXT NOT NULL,          -- of the base URL that the key was entered for
    key       TEXT NOT NULL,
    stored_at INTEGER NOT NULL,       -- epoch milliseconds
    PRIMARY KEY (provider, origin)
  ) STRICT;
  `,
];
