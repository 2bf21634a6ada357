import { onTestFinished } from "vitest";
import { StoreError } from "../../src/domain/errors.ts";
import { type PaymentEvent, placeEvent } from "../../src/domain/payment-event.ts";
import { apply, type Transaction } from "../../src/domain/transaction.ts";
import { grantTo } from "../../src/http/admin/access.ts";
import { type AdminDeps, createAdminApp } from "../../src/http/admin/app.ts";
import { serveAdmin } from "../../src/http/admin/listener.ts";
import type { AdminOperations, Destination } from "../../src/http/admin/operations.ts";
import { createFeed } from "../../src/http/feed.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import type { AuditEntry } from "../../src/ports/audit-log.ts";
import type { EventFilter, EventRecord } from "../../src/ports/event-store.ts";
import { systemClock } from "./start-ingest.ts";

export interface KnownEvent {
  readonly record: EventRecord;
  readonly payload: Uint8Array | null;
}

/** An event record with everything filled in; `id` is the provider's event id. */
export function knownEvent(id: string, over: Partial<EventRecord> = {}, payload: string | Uint8Array | null = "{}") {
  const event = placeEvent(
    {
      providerEventId: id,
      providerType: "payment_intent.succeeded",
      type: "payment.succeeded",
      paymentId: "pi_1",
      occurredAt: "2026-01-01T00:00:00.000Z",
      amountMinor: "1999",
      currency: "EUR",
    },
    { source: "stripe", provider: "stripe", receivedAt: Date.UTC(2026, 0, 1, 0, 0, 1) },
  );
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const record: EventRecord = {
    event,
    status: "processed",
    processedAt: "2026-01-01T00:00:02.000Z",
    deadAt: null,
    effect: "applied",
    statusFrom: null,
    statusTo: "succeeded",
    reason: null,
    attempts: [
      {
        n: 1,
        startedAt: "2026-01-01T00:00:01.500Z",
        endedAt: "2026-01-01T00:00:02.000Z",
        outcome: "succeeded",
        error: null,
      },
    ],
    copies: 2,
    bodySha256: "ab".repeat(32),
    bodyBytes: bytes?.length ?? 0,
    redacted: false,
    headers: { "content-type": "application/json" },
    hasPayload: bytes !== null,
    ...over,
  };
  return { record, payload: bytes };
}

export const destination: Destination = {
  name: "ledger",
  url: "https://ledger.example/hooks",
  format: "standard",
  events: ["payment.*"],
  sources: null,
  pending: 2,
  oldestPendingAt: "2026-01-01T00:00:02.000Z",
  paused: false,
  circuit: "open",
  lastDeliveredAt: null,
  lastError: "503",
  delivered: 0,
  failed: 10,
  abandoned: 1,
};

/** The operations over a list of events in memory, and what was asked of them. */
function memoryOperations(known: readonly KnownEvent[]) {
  const calls: unknown[][] = [];
  const events = new Map(known.map((entry) => [entry.record.event.eventId, entry]));
  const matching = (filter: EventFilter) =>
    [...events.values()].filter(({ record }) => filter.status === undefined || record.status === filter.status);
  const operations: AdminOperations = {
    async listEvents(filter, { cursor, limit }) {
      calls.push(["listEvents", filter, limit]);
      const start = Number(cursor ?? 0);
      const all = matching(filter);
      const items = all.slice(start, start + limit).map(({ record }) => record);
      return { items, nextCursor: start + limit < all.length ? String(start + limit) : null };
    },
    getEvent: async (eventId) => events.get(eventId)?.record ?? null,
    payload: async (eventId) => events.get(eventId)?.payload ?? null,
    async deleteEvent(eventId, actor) {
      calls.push(["deleteEvent", eventId, actor]);
      if (events.get(eventId)?.record.status === "received") return "in_progress";
      return events.delete(eventId) ? "deleted" : "unknown_event";
    },
    async listTransactions(filter, page) {
      calls.push(["listTransactions", filter, page]);
      return { items: [transactionRecord()], nextCursor: null };
    },
    getTransaction: async (id) => (id === "stripe:pi_1" ? transactionRecord() : null),
    history: async () => [
      {
        eventId: "stripe:evt_1",
        type: "payment.succeeded",
        occurredAt: null,
        appliedAt: "2026-01-01T00:00:02.000Z",
        from: null,
        to: "succeeded",
        effect: "applied",
      },
    ],
    async redrive(eventId, actor) {
      calls.push(["redrive", eventId, actor]);
      const status = events.get(eventId)?.record.status;
      return status === undefined ? "unknown_event" : status === "dead" ? "queued" : "not_dead";
    },
    async redriveAll(filter, actor) {
      calls.push(["redriveAll", filter, actor]);
      return {
        queued: matching({ status: "dead" }).map(({ record }) => record.event.eventId),
        alreadyQueued: [],
        more: false,
      };
    },
    async replay(eventId, actor) {
      calls.push(["replay", eventId, actor]);
      const status = events.get(eventId)?.record.status;
      return status === undefined ? "unknown_event" : status === "received" ? "already_queued" : "queued";
    },
    async replayAll(filter, actor) {
      calls.push(["replayAll", filter, actor]);
      return { queued: [...events.keys()], alreadyQueued: [], more: true };
    },
    listDestinations: async () => [destination],
    async pauseDestination(name, actor) {
      calls.push(["pauseDestination", name, actor]);
      return name === destination.name ? { ...destination, paused: true } : null;
    },
    async resumeDestination(name, actor) {
      calls.push(["resumeDestination", name, actor]);
      return name === destination.name ? destination : null;
    },
    audit: async (after, limit) =>
      Array.from({ length: Math.min(limit, Math.max(0, 3 - after)) }, (_, i) => ({
        seq: after + i + 1,
        at: "2026-01-01T00:00:00.000Z",
        actor: "ops",
        action: "token.used",
        target: "x",
        outcome: "admitted",
        prevHash: "0",
        hash: "1",
      })),
    rejections: async () => [],
    async stats(windowMs, stepMs) {
      calls.push(["stats", windowMs, stepMs]);
      const totals = { accepted: 0, duplicate: 0, rejected: 0, processed: 0, ackP50Ms: null, ackP99Ms: null };
      return { now: { backlog: 0, oldestPendingSeconds: 0, deadLetters: 0 }, totals, points: [] };
    },
  };
  return { operations, calls };
}

/** The operations as they are when the store is gone. */
export const brokenOperations = new Proxy({} as AdminOperations, {
  get: () => () => Promise.reject(new StoreError("unavailable", "cannot open /secret/path")),
});

/** The app over some events, called in process as `cli` unless told otherwise. */
export function adminApp(known: readonly KnownEvent[] = [], over: Partial<AdminDeps> = {}) {
  const { operations, calls } = memoryOperations(known);
  const faults: unknown[] = [];
  const feed = createFeed();
  const shutdown = new AbortController();
  const app = createAdminApp({
    operations,
    access: grantTo({ name: "cli", role: "operate" }),
    metrics: createMetrics({
      clock: systemClock,
      isSource: () => true,
      gauges: async () => ({ backlog: 0, oldestPendingSeconds: 0, deadLetters: 0 }),
    }),
    feed,
    version: "0.0.0",
    probe: async () => {},
    freeDisk: async () => ({ freeBytes: 2, floorBytes: 1 }),
    shutdown: shutdown.signal,
    onFault: (error) => void faults.push(error),
    ...over,
  });
  const call = (path: string, init?: RequestInit) => app.fetch(new Request(`http://inbox${path}`, init));
  return { app, call, calls, faults, feed, shutdown };
}

/** The app behind a listener on a free port of loopback, ended with the test. */
export async function serve(app: ReturnType<typeof adminApp>["app"]) {
  const listener = await serveAdmin(app, "127.0.0.1", 0);
  onTestFinished(() => listener.close(0));
  return { listener, port: listener.address.port, url: `http://127.0.0.1:${listener.address.port}` };
}

/** An audit log that remembers its entries. */
export function rememberingAudit() {
  const entries: AuditEntry[] = [];
  return { entries, append: async (entry: AuditEntry) => void entries.push(entry) };
}

function transactionRecord() {
  const event: PaymentEvent = knownEvent("evt_1").record.event;
  const application = apply(undefined, event);
  if (application.kind !== "settled") throw new Error("the fixture's event has to apply");
  return { transaction: application.transaction as Transaction, updatedAt: "2026-01-01T00:00:02.000Z" };
}
