import { readdirSync, readFileSync } from "node:fs";
import { StoreError } from "../../../domain/errors.ts";
import type { Database } from "./sqlite-driver.ts";

/**
 * Brings the schema to the newest version, forward only, each step in one transaction. The version is SQLite's
 * `user_version`: the number of the last migration that ran. A store written by a newer Strongroom is refused.
 */
export function migrate(db: Database): void {
  const steps = readdirSync(MIGRATIONS)
    .filter((name) => /^\d{3}\.sql$/.test(name))
    .sort();
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > steps.length) {
    throw new StoreError(
      "unavailable",
      `The store has schema ${version}; this Strongroom knows up to ${steps.length}.`,
    );
  }
  for (const [index, name] of steps.entries()) {
    if (index < version) continue;
    db.exec(
      `BEGIN IMMEDIATE; ${readFileSync(new URL(name, MIGRATIONS), "utf8")}; PRAGMA user_version = ${index + 1}; COMMIT;`,
    );
  }
}

const MIGRATIONS = new URL("./migrations/", import.meta.url);
