import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Config, SourceConfig } from "../../../config/config.ts";
import { devSigningKey } from "../dev-files.ts";
import { findAuditGaps } from "./audit-gaps.ts";
import { compare, type Sent } from "./compare.ts";
import { type Courier, createCourier } from "./courier.ts";
import { createCrashSchedule } from "./crash-schedule.ts";
import { type CrashingInbox, createCrashingInbox } from "./crashing-inbox.ts";
import { prepareDemoConfig } from "./demo-files.ts";
import { type DemoPlan, type PlannedDelivery, planDemo } from "./plan.ts";
import { openPoster } from "./post-delivery.ts";
import type { Progress } from "./progress.ts";
import { createRandom } from "./random.ts";
import { readBacklog, readInbox } from "./read-inbox.ts";
import { type DemoReport, writeReport } from "./report.ts";
import { signPlanned } from "./sign-planned.ts";
import { openThrowAwayFolder } from "./throw-away-folder.ts";

export interface DemoRequest {
  readonly events: number;
  readonly seed: number;
  readonly folder: "keep" | "remove";
}

const CONNECTIONS = 16;
/** While deliveries are in flight. One more follows when all are answered. */
const KILLS_IN_FLIGHT = 3;

/**
 * Sends payment events to a real inbox on throw-away data, kills it on the way, and compares what it has in the end with
 * what was sent. Rejects when the inbox cannot be run at all.
 */
export async function runDemo(request: DemoRequest, progress: Progress): Promise<DemoReport> {
  const startedAt = performance.now();
  let inbox: CrashingInbox | null = null;
  const folder = openThrowAwayFolder(request.folder, () => inbox?.abandon());
  try {
    const plan = planDemo({ events: request.events, seed: request.seed, now: Date.now() });
    const config = await prepareDemoConfig(folder.path);
    inbox = createCrashingInbox(config.file, join(folder.path, "inbox.log"));
    progress.say(`Starting an inbox on throw-away data in ${folder.path}`);
    await inbox.start();
    progress.say(`It takes webhooks at ${inbox.urls?.ingestUrl}`);
    const { courier, inFlight } = await send(plan, config, inbox, request.seed, progress);

    progress.say("All are answered. Once more SIGKILL, then the ledger is compared with what was sent");
    await inbox.crash();
    const { adminUrl } = inbox.urls ?? { adminUrl: "" };
    await untilProcessed(adminUrl);
    const found = await readInbox(adminUrl);
    const kills = inbox.kills;
    const exitStatus = await inbox.stop();
    return writeReport({
      request,
      plan,
      courier,
      kills: { count: kills, inFlight },
      discrepancies: compare(sentBy(plan, courier), found),
      auditGaps: findAuditGaps(found.audit),
      auditRecords: found.audit.length,
      exitStatus,
      seconds: (performance.now() - startedAt) / 1000,
      folder: request.folder === "keep" ? folder.path : null,
    });
  } finally {
    progress.end();
    folder.remove();
  }
}

/** Sends everything, with the kills on the way. Gives what was told and how many deliveries the kills cut off. */
async function send(plan: DemoPlan, config: Config, inbox: CrashingInbox, seed: number, progress: Progress) {
  const total = plan.deliveries.reduce((sum, { atOnce }) => sum + atOnce, 0);
  const key = devSigningKey(config);
  const poster = openPoster();
  const schedule = createCrashSchedule({
    total,
    kills: KILLS_IN_FLIGHT,
    random: createRandom(seed),
    inbox,
    pause,
    progress,
  });
  let done = 0;
  const courier = createCourier({
    pause: async (ms) => void (await pause(ms)),
    onDone: () => progress.update(++done, total),
    post(delivery: PlannedDelivery) {
      const source = config.sources[delivery.source] as SourceConfig;
      return schedule.during(({ ingestUrl }) =>
        poster.post(`${ingestUrl}/webhooks/${delivery.source}`, signPlanned(delivery, source, key, Date.now())),
      );
    },
  });
  progress.say(`Sending ${total} deliveries over ${CONNECTIONS} connections`);
  try {
    await courier.sendAll(plan.deliveries, CONNECTIONS);
    await schedule.finish();
  } finally {
    poster.close();
  }
  return { courier, inFlight: schedule.cutOff };
}

function sentBy({ events, payments, forged }: DemoPlan, { tallyOf }: Courier): Sent {
  return {
    events: new Map([...events].map(([id, event]) => [id, { ...event, ...tallyOf(id) }])),
    payments,
    forged: new Map([...forged].map((id) => [id, tallyOf(id)])),
  };
}

/** A backlog that does not go away shows as events that are not processed. */
async function untilProcessed(adminUrl: string): Promise<void> {
  for (let tries = 0; tries < 300 && (await readBacklog(adminUrl)) > 0; tries++) await pause(100);
}
