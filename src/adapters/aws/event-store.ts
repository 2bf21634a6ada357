import type { PaymentEvent } from "../../domain/payment-event.ts";
import type { EventStore, StorableDelivery, StoredCopy } from "../../ports/event-store.ts";
import type { Requeue } from "../../ports/queue.ts";
import { storableEvent } from "./dynamodb/event-item.ts";
import type { EventItems } from "./dynamodb/event-items.ts";
import type { QueueSender } from "./sqs/queue-sender.ts";

/**
 * Events on DynamoDB, on their way to the processor by SQS. The two are no transaction: whoever comes after a crash
 * between them (the provider with the same event, or the reconciler) finds the event waiting and sends it again.
 */
export function openEventStore({
  items,
  sender,
}: {
  readonly items: EventItems;
  readonly sender: QueueSender;
}): EventStore & Requeue {
  return {
    async store(delivery) {
      const { boundTo, bodySha256 } = delivery;
      if (boundTo !== undefined && (await items.bind(boundTo, bodySha256)) !== "bound") {
        return { kind: "bound_to_another_body" };
      }
      const copies = new Map<number, StoredCopy>();
      const payments = byPayment(delivery.events.map(storableEvent)).map(async (events) => {
        // The queue keeps the order in which one payment's messages come, so each waits for the one before.
        for (const [index, event] of events) copies.set(index, await storeOne(event, delivery));
      });
      // Once the answer is out, a function stands still: nothing may be left running then.
      for (const payment of await Promise.allSettled(payments)) {
        if (payment.status === "rejected") throw payment.reason;
      }
      return { kind: "stored", copies: delivery.events.map((_, index) => copies.get(index) as StoredCopy) };
    },

    async get(eventId) {
      return (await items.read(eventId))?.record ?? null;
    },
    payload: (eventId) => items.payload(eventId),
    list: (filter, page) => items.list(filter, page),
    remove: (eventId, actor) => items.remove(eventId, actor),
    probe: () => items.probe(),

    async enqueue(eventId, why, actor) {
      const message = await items.queueAgain(eventId, why, actor);
      if (typeof message === "string") return message;
      // When this fails the event waits all the same, and the reconciler sends it.
      await sender.send(message);
      return "queued";
    },
  };

  async function storeOne(event: PaymentEvent, delivery: StorableDelivery): Promise<StoredCopy> {
    const { eventId } = event;
    const put = await items.put(event, delivery);
    if (put.kind === "new") {
      await sender.send({ event, generation: 0, replay: false });
      return { eventId, duplicate: false, sameBody: true };
    }
    if (put.message !== null) await sender.send(put.message);
    return { eventId, duplicate: true, sameBody: put.sameBody };
  }
}

/** The events with their place in the delivery, those of one payment together and in their order. */
function byPayment(events: readonly PaymentEvent[]): (readonly [number, PaymentEvent])[][] {
  const payments = new Map<string, (readonly [number, PaymentEvent])[]>();
  for (const [index, event] of events.entries()) {
    const payment = event.transactionId ?? event.eventId;
    payments.set(payment, [...(payments.get(payment) ?? []), [index, event]]);
  }
  return [...payments.values()];
}
