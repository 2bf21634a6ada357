import { StoreError } from "../domain/errors.ts";
import { readJson } from "../domain/json.ts";
import type { MalformedReason, ReceiveOutcome, UnavailableReason, Verification } from "../domain/outcome.ts";
import { type NormalisedEvent, placeEvent } from "../domain/payment-event.ts";
import type { Delivery } from "../domain/provider.ts";
import type { Source } from "../domain/source.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore, StorableDelivery, StoredCopy } from "../ports/event-store.ts";
import type { Metrics } from "../ports/metrics.ts";
import { redactText } from "./redact.ts";
import { watchSenders } from "./watch-senders.ts";

export interface ReceiveParts {
  readonly events: EventStore;
  /** Events that wait for the processor, as last known. */
  readonly backlog: () => number;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly certificate: (source: Source, url: string) => Promise<string | null>;
  /** Lower-case hex SHA-256. */
  readonly sha256: (bytes: Uint8Array) => string;
  readonly redact: (body: Uint8Array, text: string) => { readonly payload: Uint8Array; readonly redacted: boolean };
  readonly limits: () => { readonly maxJsonDepth: number; readonly maxBacklog: number };
}

/**
 * Judges one delivery and keeps it: authentic over the raw bytes, then decoded, then read in the provider's terms, then
 * redacted, then durable once. Resolves to what the provider is told; rejects only on a fault of ours.
 */
export type Receive = (source: Source, delivery: Delivery) => Promise<ReceiveOutcome>;

export function openReceive(parts: ReceiveParts): Receive {
  const { events, alerts, metrics, clock } = parts;
  const watch = watchSenders(alerts, clock);

  return async (source, delivery) => {
    const now = clock.now();
    const verification = await verify(source, delivery, now);
    if (verification.kind === "unverifiable") return unavailable(source, verification.reason);
    if (verification.kind === "forged") {
      metrics.received(source.name, "forged");
      watch.forged(source.name, verification.reason, verification.signedAt);
      return { kind: "forged", reason: verification.reason };
    }
    watch.authentic(source.name, verification.signedAt);
    if (verification.signedAt !== undefined) {
      metrics.clockSkew(source.name, (verification.signedAt - now) / 1000);
    }

    const { maxJsonDepth, maxBacklog } = parts.limits();
    const json = readJson(delivery.body, maxJsonDepth);
    if (!json.ok) return malformed(source, json.reason);
    const normalised = source.provider.normalise(json.value, json.text, {
      settings: source.settings,
      headers: delivery.headers,
    });
    if (normalised.kind === "malformed") return malformed(source, normalised.reason, normalised.detail);

    if (parts.backlog() >= maxBacklog) return unavailable(source, "backlog_full");
    const placed = normalised.events.map((event) =>
      placeEvent(withoutCardNumber(event), { source: source.name, provider: source.provider.name, receivedAt: now }),
    );
    const { payload, redacted } = parts.redact(delivery.body, json.text);
    const stored: StorableDelivery = {
      events: placed,
      payload,
      redacted,
      bodySha256: parts.sha256(delivery.body),
      bodyBytes: delivery.body.byteLength,
      headers: shownHeaders(delivery),
      ...(verification.boundTo === undefined ? {} : { boundTo: `${source.name}:${verification.boundTo}` }),
    };
    const outcome = await attempt(() => events.store(stored));
    if (outcome === "store_full" || outcome === "store_unavailable") return unavailable(source, outcome);
    if (outcome.kind === "bound_to_another_body") {
      alerts.raise("event.conflict", source.name, "A delivery reused a transmission id for another body; refused.");
      metrics.received(source.name, "forged");
      return { kind: "forged", reason: "transmission_reused" };
    }
    for (const copy of outcome.copies) if (copy.duplicate) await follow(source, copy, payload);
    const first = outcome.copies[0] as StoredCopy;
    const duplicate = outcome.copies.every((copy) => copy.duplicate);
    metrics.received(source.name, duplicate ? "duplicate" : "accepted");
    return { kind: "accepted", eventId: first.eventId, duplicate, reply: source.provider.reply ?? null };
  };

  async function verify(source: Source, delivery: Delivery, now: number): Promise<Verification> {
    const secrets = await source.secrets(now);
    if (secrets === null) return { kind: "unverifiable", reason: "secrets_unavailable" };
    return source.provider.verify(delivery, {
      secrets,
      settings: source.settings,
      now,
      certificate: (url) => parts.certificate(source, url),
    });
  }

  function malformed(source: Source, reason: MalformedReason, detail?: string): ReceiveOutcome {
    metrics.received(source.name, "malformed");
    return { kind: "malformed", reason, ...(detail === undefined ? {} : { detail }) };
  }

  function unavailable(source: Source, reason: UnavailableReason): ReceiveOutcome {
    metrics.received(source.name, "unavailable");
    return { kind: "unavailable", reason };
  }

  async function attempt<T>(write: () => Promise<T>): Promise<T | "store_full" | "store_unavailable"> {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      metrics.storeError();
      const full = error.fault === "full";
      alerts.raise(full ? "store.full" : "store.unavailable", "store", error.message);
      return full ? "store_full" : "store_unavailable";
    }
  }

  /** What is left to do for a copy once it is durable. Whatever goes wrong here, the event is kept and is answered. */
  async function follow(source: Source, copy: StoredCopy, payload: Uint8Array): Promise<void> {
    if (copy.sameBody) return;
    const { sameContent } = source.provider;
    const first = sameContent === undefined ? null : await events.payload(copy.eventId).catch(() => null);
    if (first !== null && sameContent?.(first, payload)) return;
    alerts.raise("event.conflict", copy.eventId, "Another body came under a known event id; the first stands.");
  }
}

/** A type is the provider's word, but it is kept beside the payload and has to obey the same rule. */
function withoutCardNumber(event: NormalisedEvent): NormalisedEvent {
  const providerType = redactText(event.providerType);
  return providerType === event.providerType ? event : { ...event, providerType };
}

/** The headers worth keeping. An allow list: any other may carry a signature, a token or an address. */
const SHOWN_HEADERS = ["content-type", "user-agent"];

function shownHeaders({ headers }: Delivery): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const name of SHOWN_HEADERS) {
    const value = headers[name];
    if (typeof value === "string") shown[name] = redactText(value.slice(0, 200));
  }
  return shown;
}
