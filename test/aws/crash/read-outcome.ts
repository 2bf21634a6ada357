import { type AttributeValue, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { readRow } from "../../../src/adapters/aws/dynamodb/ledger-row.ts";
import type { Announcement } from "../../../src/domain/announcement.ts";
import { eventIdsOf, type Step } from "./crash-script.ts";
import type { CrashWorld } from "./crash-world.ts";

/** What a script left behind, without what differs from run to run: the source's name and the times of our own clock. */
export interface Outcome {
  readonly ledger: unknown;
  /** By event id. */
  readonly events: Readonly<Record<string, unknown>>;
  /** What was announced, each content once. */
  readonly announced: readonly unknown[];
  /** Keys of the archive, the date replaced. */
  readonly archived: readonly string[];
  /** Kind and target of each alert, each once. */
  readonly alerts: readonly string[];
  /** Messages in the queue and in the dead-letter queue, of whatever run. */
  readonly queued: number;
}

/** Reads the shared places once; then gives the outcome of each source. */
export async function openOutcomes(
  world: CrashWorld,
  script: readonly Step[],
): Promise<(source: string) => Promise<Outcome>> {
  const { stack } = world;
  const announced = (await stack.published()) as readonly Announcement[];
  const alerts = (await stack.alerts()) as readonly { readonly kind: string; readonly target: string }[];
  const keys = [...(await stack.archive()).keys()];
  const counts = [stack.queue(), stack.deadLetterQueue()].flatMap((states) => Object.values(states) as number[]);

  return async (source) => {
    const events: Record<string, unknown> = {};
    for (const eventId of eventIdsOf(script, source)) events[eventId] = await eventOf(world, eventId);
    const outcome: Outcome = {
      ledger: await ledgerOf(world, `${source}:pi_1`),
      events,
      announced: each(announced.filter(({ data }) => data.source === source)),
      archived: keys.filter((key) => key.startsWith(`${source}/`)).sort(),
      alerts: each(
        alerts.flatMap(({ kind, target }) => (target.startsWith(`${source}:`) ? [`${kind} ${target}`] : [])),
      ),
      queued: counts.reduce((sum, count) => sum + count, 0),
    };
    return comparable(outcome, source);
  };
}

/** Whether an event is stored and is either processed or in the queue: what a 200 promises. */
export async function isOnItsWay(world: CrashWorld, eventId: string): Promise<boolean> {
  const item = await itemOf(world, world.stack.names.eventsTable, { webhook_id: { S: eventId } });
  if (item === undefined) return false;
  return item.pending === undefined || world.isQueued(eventId);
}

/** How often the event was handed to the handler. */
export async function attemptsAt(world: CrashWorld, eventId: string): Promise<number> {
  const item = await itemOf(world, world.stack.names.eventsTable, { webhook_id: { S: eventId } });
  return (item?.attempts?.L ?? []).filter(({ M }) => M?.s !== undefined).length;
}

async function eventOf(world: CrashWorld, eventId: string): Promise<unknown> {
  const item = await itemOf(world, world.stack.names.eventsTable, { webhook_id: { S: eventId } });
  const { status, effect, status_from, status_to, pending, reason, archive_key } = item ?? {};
  const shown = { status, effect, status_from, status_to, pending, reason, archive_key };
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, value?.S ?? null]));
}

async function ledgerOf(world: CrashWorld, transactionId: string): Promise<unknown> {
  const item = await itemOf(world, world.stack.names.transactionsTable, { transactionId: { S: transactionId } });
  if (item === undefined) return null;
  const { state, version } = readRow(item);
  const refunded = item.refunded_minor?.N;
  return { ...state, version, status: item.status?.S, amount: item.amount_minor?.N, refunded };
}

async function itemOf(world: CrashWorld, TableName: string, Key: Record<string, AttributeValue>) {
  const { Item } = await world.dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  return Item;
}

/** Each different content once, in an order of its own. */
function each<T>(all: readonly T[]): readonly T[] {
  const texts = new Set(all.map((one) => JSON.stringify(one)));
  return [...texts].sort().map((text) => JSON.parse(text) as T);
}

const OWN_TIMES = new Set(["appliedAt", "receivedAt"]);

function comparable<T>(value: T, source: string): T {
  const text = JSON.stringify(value, (name, one: unknown) => {
    if (typeof one === "bigint") return String(one);
    return OWN_TIMES.has(name) ? "a time" : one;
  });
  const plain = text.replaceAll(`"${source}"`, '"SOURCE"').replaceAll(`${source}:`, "SOURCE:");
  return JSON.parse(plain.replace(new RegExp(`${source}/\\d{4}/\\d\\d/\\d\\d/`, "g"), "SOURCE/DATE/")) as T;
}
