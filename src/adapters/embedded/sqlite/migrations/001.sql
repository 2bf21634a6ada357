-- The inbox. Rows are appended in the order of receipt, so that inserts stay in the newest pages; the only keys that
-- fall at random are the two `*_keys` tables, which hold nothing but two integers per row.
-- An event's own times are RFC 3339 UTC text with milliseconds, which sorts by time; all others are epoch milliseconds.
-- Amounts are minor units as decimal text.

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  provider TEXT NOT NULL,
  provider_event_id TEXT NOT NULL,
  provider_type TEXT NOT NULL,
  type TEXT NOT NULL,
  transaction_id TEXT,
  received_at TEXT NOT NULL,
  occurred_at TEXT,
  amount_minor TEXT,
  currency TEXT,
  refund_id TEXT,
  dispute_id TEXT,
  quarantine TEXT,
  body_sha256 BLOB NOT NULL,
  body_bytes INTEGER NOT NULL,
  redacted INTEGER NOT NULL,
  headers TEXT NOT NULL,
  deleted_at INTEGER
) STRICT;

-- Apart from the events, so that lists do not read payloads. `wiped`: the body is zeros now, and the row goes later. It
-- stands before the body so that it is read without it, and is 0 or 1 so that changing it does not change the row's size.
CREATE TABLE payloads (
  seq INTEGER PRIMARY KEY,
  wiped INTEGER NOT NULL DEFAULT 0,
  body BLOB NOT NULL
) STRICT;

-- Finds an event by its id, once and for ever. The key is 48 bits of SHA-256(event id); where two ids share one, the
-- later takes the next free number, and the reader compares the ids themselves.
CREATE TABLE event_keys (
  key INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT;

-- The `*_keys` tables are written late, in groups: rows from this number on may not be in theirs yet.
CREATE TABLE late_indexes (
  name TEXT PRIMARY KEY,
  unwritten_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO late_indexes (name, unwritten_from) VALUES ('event_keys', 1), ('transaction_keys', 1);

-- The first body that came under an id which a provider's signature binds only weakly.
CREATE TABLE bindings (
  id TEXT PRIMARY KEY,
  body_sha256 BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Further deliveries of an event; most events have none and no row.
CREATE TABLE copies (
  seq INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT;

-- What is still to be processed. An event is in here at most once.
CREATE TABLE queue (
  seq INTEGER PRIMARY KEY,
  attempts INTEGER NOT NULL DEFAULT 0,
  replay INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Tries of a user's handler. Without a handler there is one try, which the outcome tells.
CREATE TABLE attempts (
  seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT,
  error TEXT,
  PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID;

-- How an event ended. `previous` is the payment's event that was settled before it: the payment's history is the chain
-- that starts at transactions.last_seq, and needs no index.
CREATE TABLE outcomes (
  seq INTEGER PRIMARY KEY,
  status TEXT NOT NULL,
  effect TEXT,
  status_from TEXT,
  status_to TEXT,
  reason TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  previous INTEGER
) STRICT;

CREATE TABLE transactions (
  id INTEGER PRIMARY KEY,
  transaction_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  status TEXT NOT NULL,
  state TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  last_seq INTEGER
) STRICT;

CREATE TABLE transaction_keys (
  key INTEGER PRIMARY KEY,
  id INTEGER NOT NULL
) STRICT;

CREATE TABLE dead_letters (
  seq INTEGER PRIMARY KEY,
  dead_at INTEGER NOT NULL,
  error TEXT NOT NULL,
  archive_key TEXT
) STRICT;

-- What destinations have not confirmed yet. `lane` is the payment: one at a time, in order.
-- AUTOINCREMENT: a number is never given twice, the reader goes by them.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  destination TEXT NOT NULL,
  lane TEXT NOT NULL,
  message_id TEXT NOT NULL,
  announcement TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  last_error TEXT,
  abandoned_at INTEGER
) STRICT;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  outcome TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE probes (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;
