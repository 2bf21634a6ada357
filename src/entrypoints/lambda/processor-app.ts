import type { SQSBatchResponse } from "aws-lambda";
import type { ClaimedBatch, ClaimedMessage } from "../../adapters/aws/sqs/claimed-batch.ts";
import type { ProcessEvent } from "../../pipeline/process-event.ts";
import type { Log } from "../../ports/log.ts";
import type { Claim } from "../../ports/queue.ts";

/**
 * Brings a batch to its end, payment by payment: payments beside each other, a payment's events one after the other.
 * What did not end stays in the queue together with the events behind it, and nothing else does.
 *
 * With a handler, a payment that comes again is taken when the others have ended, and alone: an event that ends the whole
 * process takes along whatever runs beside it, and those would have used up their attempts with it.
 */
export async function processBatch(
  batch: ClaimedBatch,
  parts: {
    readonly process: ProcessEvent;
    /** Without one a payment's events are settled together. */
    readonly hasHandler: boolean;
    /** Payments at a time. */
    readonly concurrency: number;
    /** Whether the invocation lasts long enough for one more call of the handler. */
    readonly hasTime: () => boolean;
    readonly log: Log;
  },
): Promise<SQSBatchResponse> {
  const kept: ClaimedMessage[] = [];
  const [again, fresh] = parts.hasHandler ? bySight(batch.groups) : [[], batch.groups];
  let begun = 0;
  await beside(fresh, parts.concurrency);
  await beside(again, 1);
  return { batchItemFailures: kept.map(({ record }) => ({ itemIdentifier: record.messageId })) };

  async function beside(groups: readonly (readonly ClaimedMessage[])[], most: number): Promise<void> {
    const waiting = [...groups];
    await Promise.all(Array.from({ length: Math.min(most, waiting.length) }, () => work(waiting)));
  }

  async function work(waiting: (readonly ClaimedMessage[])[]): Promise<void> {
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
      const left = await (parts.hasHandler ? oneByOne(group) : together(group));
      kept.push(...left);
      // Without it they come back when the queue's own time is over.
      await batch
        .keep(left)
        .catch((error: Error) => parts.log.warn({ error: error.message }, "visibility not changed"));
    }
  }

  /** The messages from the first that did not end. */
  async function oneByOne(group: readonly ClaimedMessage[]): Promise<readonly ClaimedMessage[]> {
    for (const [index, { record, claim }] of group.entries()) {
      // A call cut short would count as an attempt. The first gets what there is.
      if (begun > 0 && !parts.hasTime()) return group.slice(index);
      begun += 1;
      const outcome = claim === null ? unreadable(record.messageId) : await attempt(() => parts.process.one(claim));
      if (outcome !== "ended") return group.slice(index);
    }
    return [];
  }

  async function together(group: readonly ClaimedMessage[]): Promise<readonly ClaimedMessage[]> {
    const claims = group.flatMap(({ claim }): readonly Claim[] => (claim === null ? [] : [claim]));
    const foreign = group.filter(({ record, claim }) => claim === null && unreadable(record.messageId));
    const outcome = await attempt(async () => {
      await parts.process.all(claims);
      return "ended";
    });
    return outcome === "ended" ? foreign : group;
  }

  async function attempt<T>(work: () => Promise<T>): Promise<T | "fault"> {
    try {
      return await work();
    } catch (error) {
      parts.log.error({ error: (error as Error).message }, "an event could not be brought to its end now");
      return "fault";
    }
  }

  /** The queue moves it to the dead-letter queue by itself. */
  function unreadable(messageId: string): "unreadable" {
    parts.log.error({ messageId }, "a message of the queue is none of ours");
    return "unreadable";
  }
}

/** Those that were handed out before, and those that were not. */
function bySight(groups: ClaimedBatch["groups"]) {
  const wasSeen = (group: readonly ClaimedMessage[]) =>
    group.some(({ record }) => Number(record.attributes.ApproximateReceiveCount ?? 1) > 1);
  return [groups.filter(wasSeen), groups.filter((group) => !wasSeen(group))] as const;
}
