-- How each destination stands: whether an operator paused it, and what became of the announcements to it.
CREATE TABLE destinations (
  name TEXT PRIMARY KEY,
  paused INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  failures_in_row INTEGER NOT NULL DEFAULT 0,
  last_delivered_at INTEGER,
  last_error TEXT
) STRICT, WITHOUT ROWID;

-- `due_at` moves with every try; this is when the announcement was made.
ALTER TABLE outbox ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET added_at = due_at;
