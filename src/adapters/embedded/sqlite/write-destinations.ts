import type { AuditChain } from "./audit-chain.ts";
import type { Database } from "./sqlite-driver.ts";
import type { Unit } from "./unit.ts";

export interface DestinationWriter {
  delivered(destination: string, at: number): void;
  failed(destination: string, failure: string): void;
  isPaused(destination: string): boolean;
  pause(unit: Unit, destination: string, actor: string, at: number): void;
  resume(unit: Unit, destination: string, actor: string, at: number): void;
}

/** How destinations stand. `onReady` is called once what a pause held back may go on. */
export function openDestinationWriter(db: Database, audit: AuditChain, onReady: () => void): DestinationWriter {
  const delivered = db.prepare(
    `INSERT INTO destinations (name, delivered, last_delivered_at) VALUES (?, 1, ?) ON CONFLICT (name) DO UPDATE
     SET delivered = delivered + 1, failures_in_row = 0, last_delivered_at = excluded.last_delivered_at`,
  );
  const failed = db.prepare(
    `INSERT INTO destinations (name, failed, failures_in_row, last_error) VALUES (?, 1, 1, ?) ON CONFLICT (name) DO UPDATE
     SET failed = failed + 1, failures_in_row = failures_in_row + 1, last_error = excluded.last_error`,
  );
  const paused = db.prepare("SELECT paused FROM destinations WHERE name = ?");
  const setPaused = db.prepare(
    "INSERT INTO destinations (name, paused) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET paused = excluded.paused",
  );

  return {
    delivered: (destination, at) => void delivered.run(destination, at),
    failed: (destination, failure) => void failed.run(destination, failure),
    isPaused: (destination) => (paused.get(destination) as { paused: number } | undefined)?.paused === 1,
    pause(unit, destination, actor, at) {
      setPaused.run(destination, 1);
      audit.append(unit, at, { actor, action: "destination.paused", target: destination, outcome: "paused" });
    },
    resume(unit, destination, actor, at) {
      setPaused.run(destination, 0);
      audit.append(unit, at, { actor, action: "destination.resumed", target: destination, outcome: "resumed" });
      unit.afterCommit(onReady);
    },
  };
}
