import type { Announcement } from "../domain/announcement.ts";

/** One announcement that one destination has not confirmed yet. */
export interface OutboxItem {
  readonly id: number;
  readonly destination: string;
  /** Stable across retries and replays. */
  readonly messageId: string;
  readonly announcement: Announcement;
  readonly attempts: number;
}

/** What is still to be told. Written by `Ledger.settle`, at least once per destination. */
export interface Outbox {
  /** Due items of a destination, oldest first, at most one per payment, none of a payment that is out already. */
  due(destination: string, limit: number): Promise<readonly OutboxItem[]>;
  /** The destination has confirmed it. */
  delivered(item: OutboxItem, at: number): Promise<void>;
  /** It comes back after `delayMs`; the payment's later announcements to this destination wait. */
  postpone(item: OutboxItem, failure: string, delayMs: number): Promise<void>;
  /** Given up: kept for operators, no longer tried. */
  abandon(item: OutboxItem, failure: string, at: number): Promise<void>;
  /** Not confirmed yet, per destination. */
  pending(): Promise<Readonly<Record<string, number>>>;
  /** Of every destination that was ever told, paused, or is to be told something. */
  standings(): Promise<readonly DestinationStanding[]>;
  /** From now on, restarts included, nothing is due for it until it is resumed. Audited under the name of who asked. */
  pause(destination: string, actor: string): Promise<void>;
  /** What waits is due again; what was abandoned stays abandoned. Audited. */
  resume(destination: string, actor: string): Promise<void>;
  onReady(listener: () => void): () => void;
}

/** What became of the announcements to one destination. Times are RFC 3339 UTC. */
export interface DestinationStanding {
  readonly destination: string;
  readonly paused: boolean;
  /** Announcements not confirmed yet and not abandoned. */
  readonly pending: number;
  /** When the oldest of them was made. */
  readonly oldestPendingAt: string | null;
  /** Requests, ever. */
  readonly delivered: number;
  readonly failed: number;
  /** Requests that failed since the last that did not. */
  readonly failuresInRow: number;
  readonly abandoned: number;
  readonly lastDeliveredAt: string | null;
  /** Of the last request that failed, one line. */
  readonly lastError: string | null;
}

export type DeliveryResult =
  | { readonly kind: "delivered" }
  /** Worth another try, not before `retryAfterMs` when the destination said so. */
  | { readonly kind: "failed"; readonly error: string; readonly retryAfterMs?: number };

/** Tells one destination. Never throws. */
export interface Announcer {
  deliver(item: OutboxItem, signal: AbortSignal): Promise<DeliveryResult>;
}
