import { openQueue, type Queue } from "./queue.ts";
import { changedSettings, isFifo, newSettings, type QueueSettings } from "./queue-settings.ts";
import { SqsError } from "./sqs-error.ts";

/** All queues of the one account. */
export interface QueueSet {
  /** Gives the queue that is there when no attribute differs, else throws `QueueNameExists`. */
  create(name: string, attributes: QueueSettings): Queue;
  change(queue: Queue, attributes: QueueSettings): void;
  /** By name, URL (its last part is the name) or ARN. Throws `QueueDoesNotExist`. */
  get(nameOrUrl: string): Queue;
  findByArn(arn: string): Queue | undefined;
  all(): readonly Queue[];
  delete(queue: Queue): void;
}

const ACCOUNT = "000000000000";

export function openQueueSet(parts: { readonly endpoint: string; readonly now: () => number }): QueueSet {
  const queues = new Map<string, Queue>();
  let sequence = 18_870_000_000_000_000_000n;

  return {
    create(name, attributes) {
      const there = queues.get(name);
      const settings = newSettings(name, attributes, fifoOf);
      if (there !== undefined) {
        const other = Object.keys(attributes).find((key) => there.settings[key] !== settings[key]);
        if (other === undefined) return there;
        const reason = `A queue already exists with the same name and a different value for attribute ${other}`;
        throw new SqsError("QueueNameExists", reason);
      }
      const queue = openQueue({
        name,
        url: `${parts.endpoint}/${ACCOUNT}/${name}`,
        arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`,
        settings,
        now: parts.now,
        nextSequenceNumber,
        findQueue: findByArn,
      });
      queues.set(name, queue);
      return queue;
    },
    change(queue, attributes) {
      queue.settings = changedSettings(queue.settings, attributes, fifoOf);
      queue.changedAt = parts.now();
    },
    get(nameOrUrl) {
      const queue = queues.get(nameOrUrl.split("/").at(-1) as string);
      if (queue === undefined) throw new SqsError("QueueDoesNotExist", "The specified queue does not exist.");
      return queue;
    },
    findByArn,
    all: () => [...queues.values()],
    delete(queue) {
      queues.delete(queue.name);
    },
  };

  /** Twenty digits, rising but not consecutive. */
  function nextSequenceNumber(): string {
    sequence += 256n;
    return String(sequence);
  }

  function findByArn(arn: string): Queue | undefined {
    return [...queues.values()].find((queue) => queue.arn === arn);
  }

  function fifoOf(arn: string): boolean | undefined {
    const queue = findByArn(arn);
    return queue && isFifo(queue.settings);
  }
}
