import { openSnsCalls } from "../../adapters/aws/calls/sdk-sns.ts";
import { openSqsCalls } from "../../adapters/aws/calls/sdk-sqs.ts";
import { required } from "../../adapters/aws/environment.ts";
import { openEventStore } from "../../adapters/aws/event-store.ts";
import { openQueueSender } from "../../adapters/aws/sqs/queue-sender.ts";
import { type Reconciled, reconcile } from "../../pipeline/reconcile.ts";
import { type FunctionBase, openFunction, trace } from "./function.ts";
import { openKnownEvents } from "./stores.ts";

/** On a schedule: queues what was stored and never queued, and measures what waits. */
export const handler = openFunction({
  load: async () => null,
  sns: () => openSnsCalls(),
  open,
});

function open(_config: null, base: FunctionBase) {
  const { env, log, metrics, clock } = base;
  const sqs = openSqsCalls();
  const queueUrl = required(env, "queueUrl");
  const items = openKnownEvents(base);
  const requeue = openEventStore({ items, sender: openQueueSender({ sqs, queueUrl, trace }) });

  return async (): Promise<Reconciled> => {
    const result = await reconcile({ pendingSince: items.pendingSince, queued, requeue, clock });
    const { repaired, left } = result;
    if (repaired > 0) log.warn({ count: repaired }, "events that were stored and not queued are queued now");
    if (left > 0) log.info({ count: left }, "the queue is behind");
    await measure();
    return result;
  };

  async function queued() {
    const { Attributes } = await sqs("GetQueueAttributes", {
      QueueUrl: queueUrl,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    });
    return {
      visible: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
      inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
    };
  }

  async function measure(): Promise<void> {
    const [oldest] = await items.pendingSince(clock.now(), 1);
    const record = oldest === undefined ? null : ((await items.read(oldest))?.record ?? null);
    const age = record === null ? 0 : (clock.now() - Date.parse(record.event.receivedAt)) / 1000;
    metrics.gauges({
      backlog: await items.countState("waiting"),
      oldestPendingSeconds: Math.max(0, age),
      deadLetters: await items.countState("dead"),
    });
  }
}
