import { randomUUID } from "node:crypto";
import type { ListMessageMoveTasksResultEntry } from "@aws-sdk/client-sqs";
import type { Queue } from "./queue.ts";
import type { QueueSet } from "./queue-set.ts";
import { isFifo, redriveOf } from "./queue-settings.ts";
import { invalidValue, SqsError } from "./sqs-error.ts";
import type { StoredMessage } from "./stored-message.ts";

/** Moves dead letters back. A task ends within the call that starts it. */
export interface MoveTasks {
  /** Gives the handle. Without destination every message goes to the queue that it came from. */
  start(sourceArn: string, destinationArn: string | undefined): string;
  /** The newest first. */
  list(sourceArn: string): readonly ListMessageMoveTasksResultEntry[];
}

/** Source: SQS API reference, StartMessageMoveTask and ListMessageMoveTasks. */
export function openMoveTasks(queues: QueueSet, now: () => number): MoveTasks {
  const tasks: ListMessageMoveTasksResultEntry[] = [];
  return {
    start(sourceArn, destinationArn) {
      const source = existing(sourceArn, "SourceArn");
      if (!queues.all().some(({ settings }) => redriveOf(settings)?.deadLetterTargetArn === sourceArn)) {
        throw new SqsError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.");
      }
      const destination = destinationArn === undefined ? undefined : existing(destinationArn, "DestinationArn");
      if (destination !== undefined && isFifo(destination.settings) !== isFifo(source.settings)) {
        throw invalidValue("DestinationArn", destinationArn, "Both queues must be of the same type.");
      }
      tasks.unshift({
        SourceArn: sourceArn,
        ...(destinationArn === undefined ? {} : { DestinationArn: destinationArn }),
        StartedTimestamp: now(),
        ...moveAll(source, destination),
      });
      return Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn })).toString("base64");
    },
    list(sourceArn) {
      existing(sourceArn, "SourceArn");
      return tasks.filter((task) => task.SourceArn === sourceArn);
    },
  };

  function existing(arn: string, parameter: string): Queue {
    const queue = queues.findByArn(arn);
    if (queue !== undefined) return queue;
    const reason = `The resource that you specified for the ${parameter} parameter doesn't exist.`;
    throw new SqsError("ResourceNotFoundException", reason);
  }

  /** Ends at the first message without a place to go. Source: developer guide, "Troubleshooting dead-letter queue redrive". */
  function moveAll(source: Queue, destination: Queue | undefined): ListMessageMoveTasksResultEntry {
    const messages = source.movable();
    const toMove = messages.length;
    for (const [moved, message] of messages.entries()) {
      const origin = message.deadLetterSourceArn;
      const target = destination ?? (origin === null ? undefined : queues.findByArn(origin));
      if (target === undefined) {
        const FailureReason =
          origin === null ? "CouldNotDetermineMessageSource" : "AWS.SimpleQueueService.NonExistentQueue";
        return { Status: "FAILED", FailureReason, ...counts(moved, toMove) };
      }
      source.remove(message);
      target.accept(asNew(message));
    }
    return { Status: "COMPLETED", ...counts(toMove, toMove) };
  }

  /** A moved message counts as new: another id, another time. Source: "Configure a dead-letter queue redrive". */
  function asNew(message: StoredMessage): StoredMessage {
    return {
      ...message,
      id: randomUUID(),
      sentAt: now(),
      enqueuedAt: now(),
      deadLetterSourceArn: null,
      visibleAt: now(),
      receivesHere: 0,
      receives: 0,
      firstReceivedAt: null,
      latest: null,
    };
  }
}

function counts(moved: number, toMove: number) {
  return { ApproximateNumberOfMessagesMoved: moved, ApproximateNumberOfMessagesToMove: toMove };
}
