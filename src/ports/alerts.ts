export type AlertKind =
  | "event.dead"
  | "event.quarantined"
  | "event.conflict"
  | "event.deleted"
  | "audit.broken"
  | "store.unavailable"
  | "store.full"
  | "archive.failed"
  | "clock.skew"
  | "auth.failures"
  | "delivery.abandoned"
  | "delivery.failing";

export interface Alert {
  readonly kind: AlertKind;
  /** RFC 3339 UTC. */
  readonly at: string;
  /** The event, source or destination it is about. */
  readonly target: string;
  /** One line for a person. Never payload, never a secret. */
  readonly detail: string;
}

/** Tells people. Never throws and never waits: an alert that cannot be sent must not stop the inbox. */
export interface Alerts {
  raise(kind: AlertKind, target: string, detail: string): void;
}
