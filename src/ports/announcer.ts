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
  onReady(listener: () => void): () => void;
}

export type DeliveryResult =
  | { readonly kind: "delivered" }
  /** Worth another try, not before `retryAfterMs` when the destination said so. */
  | { readonly kind: "failed"; readonly error: string; readonly retryAfterMs?: number };

/** Tells one destination. Never throws. */
export interface Announcer {
  deliver(item: OutboxItem, signal: AbortSignal): Promise<DeliveryResult>;
}
