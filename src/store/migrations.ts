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
  `
  CREATE TABLE conversations (
    id           TEXT PRIMARY KEY,    -- UUIDv7
    name         TEXT UNIQUE,
    folder       TEXT NOT NULL,       -- where it was begun
    provider     TEXT NOT NULL,       -- of the last turn, as is the model
    model        TEXT NOT NULL,
    instructions TEXT,                -- NULL for meka's own
    parent       TEXT,                -- the conversation that it was forked from
    created_at   INTEGER NOT NULL,    -- epoch milliseconds, like every time here
    updated_at   INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX conversations_by_folder ON conversations (folder, updated_at);

  CREATE TABLE turns (
    id             INTEGER PRIMARY KEY,
    conversation   TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    provider       TEXT NOT NULL,
    model          TEXT NOT NULL,
    status         TEXT NOT NULL,     -- "open" until it is "completed", "incomplete" or "failed"
    usage          TEXT,              -- JSON of a Usage
    context_tokens INTEGER,           -- of the conversation as the turn left it
    hidden         INTEGER NOT NULL DEFAULT 0,  -- taken back by the person
    started_at     INTEGER NOT NULL,
    ended_at       INTEGER
  ) STRICT;
  CREATE INDEX turns_by_conversation ON turns (conversation, id);

  CREATE TABLE items (
    id      INTEGER PRIMARY KEY,
    turn    INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
    type    TEXT NOT NULL,            -- as in Item
    text    TEXT NOT NULL,            -- prompt, answer, reasoning, arguments or output
    fields  TEXT,                     -- JSON of what else the type has
    raw     TEXT,                     -- JSON as the provider of the turn sent it
    account TEXT,                     -- the only one that raw may go back to
    partial INTEGER NOT NULL DEFAULT 0  -- the stream ended before it did
  ) STRICT;
  CREATE INDEX items_by_turn ON items (turn, id);

  CREATE TABLE images (
    hash       TEXT PRIMARY KEY,      -- SHA-256 of the bytes, in hexadecimal
    media_type TEXT NOT NULL,
    bytes      BLOB NOT NULL
  ) STRICT;

  CREATE TABLE item_images (
    item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    hash TEXT NOT NULL REFERENCES images,
    PRIMARY KEY (item, hash)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX item_images_by_hash ON item_images (hash);

  CREATE TABLE summaries (
    id           INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    last_turn    INTEGER NOT NULL,    -- it stands for all turns up to this one
    text         TEXT NOT NULL,
    hidden       INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX summaries_by_conversation ON summaries (conversation, last_turn);
  `,
  `
  -- What people asked and models answered and called in a turn (its rowid), by words; see search.ts.
  CREATE VIRTUAL TABLE turn_words USING fts5 (
    text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
  );
  -- What is deleted must not stay behind in it, either.
  INSERT INTO turn_words (turn_words, rank) VALUES ('secure-delete', 1);

  CREATE TABLE indexed_turns (
    turn INTEGER PRIMARY KEY REFERENCES turns ON DELETE CASCADE
  ) STRICT;
  `,
  `
  CREATE TABLE batch_answers (
    id          INTEGER PRIMARY KEY,
    key         TEXT NOT NULL,        -- SHA-256 of all that shapes the answer
    run         TEXT NOT NULL,        -- the last one that has written it out: each run takes it once
    answer      TEXT NOT NULL,        -- JSON of its text and its usage
    answered_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX batch_answers_by_key ON batch_answers (key);
  `,
];
