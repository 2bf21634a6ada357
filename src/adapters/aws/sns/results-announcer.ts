import { hash } from "node:crypto";
import type { PublishBatchRequestEntry, PublishBatchResponse } from "@aws-sdk/client-sns";
import type { Announcement } from "../../../domain/announcement.ts";
import { StoreError } from "../../../domain/errors.ts";
import { asStoreError, type SnsCalls } from "../calls/aws-calls.ts";

/** Tells the results topic what became of an event. */
export interface ResultsAnnouncer {
  /**
   * Resolves when the topic has it, and rejects with a `StoreError` when it may not have it: it is then to be told again.
   * `generation` is how often an operator had put the event back; it sets one replay apart from the next.
   */
  announce(announcement: Announcement, generation: number): Promise<void>;
  /**
   * Says that somebody is at work who may announce something, until the given function is called. What is gathered waits
   * a little for those, and not a moment when all of them have announced.
   */
  enter(): () => void;
}

/** What SNS takes in one batch. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;
/** Long enough for the events of one batch from the queue to meet: together they cost what one costs. */
const GATHER_MS = 200;
/** The same where nobody said that there is anything to wait for. */
const ALONE_MS = 5;

/** `topicArn` is null where nobody is to be told. On a FIFO topic each payment is a group. */
export function openResultsAnnouncer(parts: {
  readonly sns: SnsCalls;
  readonly topicArn: string | null;
}): ResultsAnnouncer {
  const { sns, topicArn } = parts;
  if (topicArn === null) return { announce: async () => {}, enter: () => () => {} };
  const fifo = topicArn.endsWith(".fifo");
  let gathered: Waiting[] = [];
  let bytes = 0;
  let atWork = 0;
  let onTheWay = 0;
  let timer: NodeJS.Timeout | undefined;

  return {
    announce(announcement, generation) {
      return new Promise((resolve, reject) => {
        const entry = { ...entryOf(announcement), ...(fifo ? orderOf(announcement, generation) : {}) };
        const size = sizeOf(entry);
        if (bytes + size > MAX_BYTES) send();
        gathered.push({ entry, resolve, reject });
        bytes += size;
        if (gathered.length === MAX_ENTRIES || isComplete()) send();
        else timer ??= setTimeout(send, atWork > 0 ? GATHER_MS : ALONE_MS);
      });
    },
    enter() {
      atWork += 1;
      return () => {
        atWork -= 1;
        if (isComplete()) send();
      };
    },
  };

  /** Nobody at work is left who has not announced. */
  function isComplete(): boolean {
    return atWork > 0 && gathered.length + onTheWay >= atWork;
  }

  function send(): void {
    const batch = gathered;
    gathered = [];
    bytes = 0;
    clearTimeout(timer);
    timer = undefined;
    const [only] = batch;
    if (only === undefined) return;
    onTheWay += batch.length;
    const published = batch.length === 1 ? publish(only) : publishBatch(batch);
    published
      .catch((error: unknown) => {
        for (const { reject } of batch) reject(asStoreError(error));
      })
      .finally(() => {
        onTheWay -= batch.length;
      });
  }

  async function publish({ entry, resolve }: Waiting): Promise<void> {
    await sns("Publish", { TopicArn: topicArn as string, ...entry });
    resolve();
  }

  async function publishBatch(batch: readonly Waiting[]): Promise<void> {
    const answer = await sns("PublishBatch", {
      TopicArn: topicArn as string,
      PublishBatchRequestEntries: batch.map(({ entry }, index) => ({ Id: String(index), ...entry })),
    });
    for (const [index, { resolve, reject }] of batch.entries()) {
      const failure = failureOf(answer, String(index));
      if (failure === null) resolve();
      else reject(new StoreError("unavailable", failure));
    }
  }
}

interface Waiting {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

type Entry = Omit<PublishBatchRequestEntry, "Id">;

/** The attributes are for filter policies of subscriptions. */
function entryOf(announcement: Announcement): Entry & { readonly Message: string } {
  const { provider, source } = announcement.data;
  const { type } = announcement;
  const kind = type.split(".")[0] as string;
  return {
    Message: JSON.stringify(announcement),
    MessageAttributes: {
      provider: { DataType: "String", StringValue: provider },
      kind: { DataType: "String", StringValue: kind },
      type: { DataType: "String", StringValue: type },
      source: { DataType: "String", StringValue: source },
    },
  };
}

/** The same announcement again is dropped by the topic for five minutes; a replay is another one. */
function orderOf({ data }: Announcement, generation: number) {
  const { eventId, transactionId, replay } = data;
  return {
    MessageGroupId: hash("sha256", transactionId ?? eventId),
    // An event id holds no control character, so the parts cannot be confused.
    MessageDeduplicationId: hash("sha256", replay === true ? `${eventId}\n${generation}` : eventId),
  };
}

/** UTF-8 bytes, as SNS counts a batch: the messages with their attributes, and some room for the ids. */
function sizeOf(entry: Entry): number {
  return Buffer.byteLength(JSON.stringify(entry));
}

function failureOf({ Successful, Failed }: PublishBatchResponse, id: string): string | null {
  if (Successful?.some((one) => one.Id === id)) return null;
  const code = Failed?.find((one) => one.Id === id)?.Code ?? "no word of it";
  return `SNS did not take a message: ${code}`;
}
