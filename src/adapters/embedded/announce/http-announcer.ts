import { createHmac } from "node:crypto";
import type { lookup } from "node:dns";
import type { Announcer, DeliveryResult, OutboxItem } from "../../../ports/announcer.ts";
import type { Clock } from "../../../ports/clock.ts";
import { openPostTarget, type Post, type PostTarget } from "./http-post.ts";

/** What this adapter needs of a configured destination. */
export interface Destination {
  readonly name: string;
  readonly url: string;
  readonly format: "standard" | "original";
  /** Signs `standard` bodies; null leaves them unsigned. */
  readonly secret: { readonly value: string } | null;
  /** Signs `original` bodies anew; null sends them without a signature. */
  readonly resign: { readonly value: string } | null;
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/** A body to be signed as its source's provider would. `now` is epoch milliseconds. */
interface Resign {
  readonly source: string;
  readonly secret: string;
  readonly body: Uint8Array;
  readonly now: number;
}

export interface HttpAnnouncerOptions {
  readonly destinations: readonly Destination[];
  /** The stored body of an event and the headers that were kept with it; null when it is gone. */
  payload(
    eventId: string,
  ): Promise<{ readonly payload: Uint8Array; readonly headers: Readonly<Record<string, string>> } | null>;
  /** The headers that make the body authentic to a receiver that expects the provider itself. */
  resign(body: Resign): Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Resolves names. @default the system's */
  readonly resolve?: typeof lookup;
}

export interface HttpAnnouncer extends Announcer {
  /** Ends all connections, those in use too. */
  close(): void;
}

/**
 * Posts announcements to configured URLs. `standard`: the announcement as JSON, signed per Standard Webhooks.
 * `original`: the stored body byte for byte, under the headers kept with it, signed anew where `resign` says so.
 */
export function openHttpAnnouncer(options: HttpAnnouncerOptions): HttpAnnouncer {
  const { clock, resolve } = options;
  const targets = new Map<string, { readonly destination: Destination; readonly target: PostTarget }>();
  for (const destination of options.destinations) {
    const target = openPostTarget({ ...destination, now: () => clock.now(), ...(resolve ? { resolve } : {}) });
    targets.set(destination.name, { destination, target });
  }
  return {
    async deliver(item, signal) {
      const found = targets.get(item.destination);
      if (found === undefined) return failed("there is no such destination in the configuration");
      let post: Post | null;
      try {
        post = await compose(found.destination, item, options);
      } catch (fault) {
        return failed(`the request could not be made: ${fault instanceof Error ? fault.name : "fault"}`);
      }
      if (post === null) return failed("the event's payload is gone");
      const result = await found.target.post({ ...post, signal });
      return result.kind === "accepted" ? { kind: "delivered" } : result;
    },
    close() {
      for (const { target } of targets.values()) target.close();
    },
  };
}

async function compose(
  destination: Destination,
  item: OutboxItem,
  { payload, resign, clock }: HttpAnnouncerOptions,
): Promise<Post | null> {
  if (destination.format === "standard") {
    const body = Buffer.from(JSON.stringify(item.announcement));
    const headers = standardHeaders(item.messageId, body, destination.secret?.value ?? null, clock.now());
    return { body, headers: { ...COMMON, ...headers } };
  }
  const { eventId, source } = item.announcement.data;
  const stored = await payload(eventId);
  if (stored === null) return null;
  const body = stored.payload;
  const secret = destination.resign?.value ?? null;
  const signature = secret === null ? {} : resign({ source, secret, body, now: clock.now() });
  return { body, headers: { ...COMMON, ...endToEnd(stored.headers), ...lowerCase(signature) } };
}

const COMMON = { "content-type": "application/json", "user-agent": "strongroom" } as const;

// They describe the connection or the encoding that the body came in with, not the body.
const OF_THE_CONNECTION = new Set(
  "host connection keep-alive proxy-connection transfer-encoding te trailer upgrade expect content-length content-encoding accept-encoding".split(
    " ",
  ),
);

function endToEnd(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(lowerCase(headers)).filter(([name]) => !OF_THE_CONNECTION.has(name)));
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function standardHeaders(
  id: string,
  body: Uint8Array,
  secret: string | null,
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
  if (secret === null) return headers;
  const signature = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}

/**
 * The key of a configured secret: what its base64 says, with `whsec_` before it or not, as the scheme's own libraries
 * read it; for a secret that is not base64 its UTF-8 bytes.
 */
function keyOf(secret: string): Buffer {
  const text = secret.startsWith("whsec_") ? secret.slice("whsec_".length) : secret;
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{1,3}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  return isBase64 ? Buffer.from(text, "base64") : Buffer.from(secret, "utf8");
}

function failed(error: string): DeliveryResult {
  return { kind: "failed", error };
}
