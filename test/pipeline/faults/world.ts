import { hash } from "node:crypto";
import { readdirSync } from "node:fs";
import { openFolderArchive } from "../../../src/adapters/embedded/archive/folder-archive.ts";
import type { ReceiveOutcome } from "../../../src/domain/outcome.ts";
import { startAnnouncing } from "../../../src/pipeline/announce.ts";
import { startArchiving } from "../../../src/pipeline/dead-letter.ts";
import { startProcessor } from "../../../src/pipeline/process.ts";
import { openReceive, type Receive } from "../../../src/pipeline/receive.ts";
import { redact } from "../../../src/pipeline/redact.ts";
import type { HandlerCall, HandlerResult } from "../../../src/ports/handler.ts";
import { clock } from "../../support/embedded.ts";
import { SILENT } from "../../support/silent-metrics.ts";
import type { FaultyStore, Fuse } from "./faulty-store.ts";
import { isPoison, type Script, SOURCE } from "./script.ts";

export const MAX_ATTEMPTS = 3;
/** So long without a call to the store, and what is not done by now will not be. */
const QUIET_MS = 400;
/** Everything outside the store, which lives through its restarts: the handler, a receiver, the archive. */
export interface World {
  readonly calls: readonly HandlerCall[];
  /** Every request to the receiver. */
  readonly told: readonly { readonly messageId: string; readonly eventId: string; readonly accepted: boolean }[];
  /** Events that an alert said to be dead. */
  readonly alerted: readonly string[];
  archived(): readonly string[];
  /**
   * Sends the script as a provider does, each delivery until it is acknowledged, and stops the pipeline when it is done
   * or does nothing any more.
   */
  run(store: FaultyStore, script: Script, fuse: Fuse, isDone: () => Promise<boolean>): Promise<void>;
}

/** `dir` is where the archive is. */
export function openWorld(handlers: "handler" | "none", dir: string): World {
  const calls: HandlerCall[] = [];
  const told: World["told"][number][] = [];
  const alerted: string[] = [];

  return {
    calls,
    told,
    alerted,
    archived: () =>
      readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name),
    async run(store, script, fuse, isDone) {
      const stop = start(store);
      const receive = openReceiving(store);
      for (const delivery of script.deliveries) await insist(() => receive(SOURCE, delivery));
      await untilRest(fuse, isDone);
      await stop();
    },
  };

  function start(store: FaultyStore): () => Promise<void> {
    const alerts = {
      raise(kind: string, target: string) {
        if (kind === "event.dead") alerted.push(target);
      },
    };
    const archive = openFolderArchive({ dir });
    const { deadLetters, events, queue, ledger, outbox } = store;
    const archiver = startArchiving({ deadLetters, events, archive, alerts, sha256, pause });
    const processor = startProcessor({
      queue,
      ledger,
      alerts,
      metrics: SILENT,
      clock,
      handler: handlers === "none" ? null : { run: handle },
      // Longer than the pipeline waits for the store, as any sensible configuration has it.
      retry: { maxAttempts: MAX_ATTEMPTS, baseMs: 20, maxMs: 20 },
      concurrency: 4,
      destinations: [{ name: "books", events: undefined, sources: undefined }],
      onSettled: (_, how) => {
        if (how === "dead") archiver.wake();
      },
      pause,
    });
    const announcer = startAnnouncing({
      outbox,
      announcer: {
        async deliver({ messageId, announcement: { data }, attempts }) {
          // The first request of each fails, so that putting it off is part of the script.
          const accepted = attempts > 0;
          told.push({ messageId, eventId: data.eventId, accepted });
          return accepted ? { kind: "delivered" } : { kind: "failed", error: "503" };
        },
      },
      alerts,
      metrics: SILENT,
      clock,
      destination: "books",
      retry: { maxAttempts: 100, baseMs: 20, maxMs: 20 },
      concurrency: 4,
      rateLimitPerSecond: null,
      pause,
    });
    return async () => {
      await Promise.all([processor.stop(), announcer.stop()]);
      await archiver.stop();
    };
  }

  async function handle(call: HandlerCall): Promise<HandlerResult> {
    calls.push(call);
    return isPoison(call.event.eventId) ? { kind: "failed", error: "cannot", permanent: false } : { kind: "done" };
  }
}

function openReceiving({ events, queue }: Pick<FaultyStore, "events" | "queue">): Receive {
  return openReceive({
    events,
    backlog: () => queue.depth(),
    alerts: { raise: () => {} },
    metrics: SILENT,
    clock,
    certificate: async () => null,
    sha256,
    redact,
    limits: () => ({ maxJsonDepth: 64, maxBacklog: 100_000 }),
  });
}

function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

/** All waits of the pipeline are cut short, so that it comes back at once. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(ms, 2)));
}

async function insist(send: () => Promise<ReceiveOutcome>): Promise<void> {
  for (;;) {
    const outcome = await send();
    if (outcome.kind === "accepted") return;
    if (outcome.kind !== "unavailable") throw new Error(`the inbox said ${outcome.kind}`);
  }
}

async function untilRest(fuse: Fuse, isDone: () => Promise<boolean>): Promise<void> {
  let seen = -1;
  for (let quietSince = 0; !(await isDone()); ) {
    if (fuse.all !== seen) quietSince = performance.now();
    else if (performance.now() - quietSince > QUIET_MS) return;
    seen = fuse.all;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
