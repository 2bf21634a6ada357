import type { SecretLookup, SecretStore } from "../../../domain/secret-lookup.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import type { SecretsManagerCalls } from "../calls/aws-calls.ts";
import { type SecretVersions, secretValues } from "./secret-text.ts";

export interface SecretCacheParts {
  readonly secretsManager: SecretsManagerCalls;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
  /** So long an answer is used without asking again. @default 5 minutes */
  readonly freshMs?: number;
  /** So long after it was given the last good answer is used while the service cannot give another. @default 1 hour */
  readonly staleMs?: number;
  /** So long one answer is waited for. @default 3 seconds */
  readonly patienceMs?: number;
}

interface Entry {
  good: { readonly versions: SecretVersions; readonly at: number } | null;
  /** The service said that there is no such secret. */
  unknown: boolean;
  askedAt: number;
  /** Asked again from this time on. */
  dueAt: number;
  asking: Promise<void> | null;
}

const NEWER_MS = 60_000;
const UNKNOWN_MS = 60_000;
/** After a failure: while the last good answer stands, and while there is none. */
const RETRY_MS = 5_000;
const RETRY_WITHOUT_MS = 1_000;

/**
 * Secrets of AWS Secrets Manager, the current version and the one before, for as long as the execution environment lives.
 * One request at a time per secret. That a secret is gone counts at once; any other failure counts as the service being
 * down. Values are neither logged nor thrown.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html (versions and staging labels)
 */
export function openSecretCache(parts: SecretCacheParts): SecretStore {
  const { clock, freshMs = 5 * 60_000, staleMs = 60 * 60_000, patienceMs = 3_000 } = parts;
  const entries = new Map<string, Entry>();

  return {
    values: (ids, key) => firstKnown(ids, key, (entry, now) => now >= entry.dueAt),
    newer: (ids, key) => firstKnown(ids, key, (entry, now) => now >= Math.min(entry.dueAt, entry.askedAt + NEWER_MS)),
  };

  async function firstKnown(
    ids: readonly string[],
    key: string | null,
    isDue: (entry: Entry, now: number) => boolean,
  ): Promise<SecretLookup> {
    for (const id of ids) {
      const entry = entries.get(id) ?? newEntry(id);
      if (entry.asking === null && isDue(entry, clock.monotonic())) {
        entry.asking = ask(id, entry).finally(() => {
          entry.asking = null;
        });
      }
      await entry.asking;
      if (entry.unknown) continue;
      if (entry.good === null || clock.monotonic() >= entry.good.at + staleMs) return { kind: "unavailable" };
      return { kind: "found", values: secretValues(entry.good.versions, key) };
    }
    return { kind: "unknown" };
  }

  function newEntry(id: string): Entry {
    const never = Number.NEGATIVE_INFINITY;
    const entry: Entry = { good: null, unknown: false, askedAt: never, dueAt: never, asking: null };
    entries.set(id, entry);
    return entry;
  }

  async function ask(id: string, entry: Entry): Promise<void> {
    const at = clock.monotonic();
    entry.askedAt = at;
    try {
      const versions = await withinPatience(readVersions(parts.secretsManager, id), patienceMs);
      Object.assign(entry, { good: { versions, at }, unknown: false, dueAt: at + freshMs });
    } catch (error) {
      const name = error instanceof Error ? error.name : "unknown fault";
      const now = clock.monotonic();
      if (GONE.has(name)) {
        Object.assign(entry, { good: null, unknown: true, dueAt: now + UNKNOWN_MS });
        // Not yet a fault: another id may be known.
        parts.log.info({ target: id, error: name }, "AWS Secrets Manager has no such secret");
      } else {
        entry.dueAt = now + (entry.good === null ? RETRY_WITHOUT_MS : RETRY_MS);
        parts.log.warn({ target: id, error: name }, "a secret could not be read from AWS Secrets Manager");
      }
    }
  }
}

/** Not there, and marked for deletion. */
const GONE = new Set(["ResourceNotFoundException", "InvalidRequestException"]);
/** The version before is not there, or is none of this function's business. */
const NO_PREVIOUS = new Set(["ResourceNotFoundException", "AccessDeniedException"]);

async function readVersions(secretsManager: SecretsManagerCalls, id: string): Promise<SecretVersions> {
  const read = async (stage: string) =>
    (await secretsManager("GetSecretValue", { SecretId: id, VersionStage: stage })).SecretString ?? null;
  const [current, previous] = await Promise.allSettled([read("AWSCURRENT"), read("AWSPREVIOUS")]);
  if (current.status === "rejected") throw current.reason;
  if (previous.status === "fulfilled") return { current: current.value, previous: previous.value };
  const { reason } = previous;
  // Without the version before, a sender that still uses it would be called a forger.
  if (!(reason instanceof Error && NO_PREVIOUS.has(reason.name))) throw reason;
  return { current: current.value, previous: null };
}

/** The client has limits of its own; this one makes sure that the sender gets an answer. */
async function withinPatience<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("no answer in time"), { name: "TimeoutError" })), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
