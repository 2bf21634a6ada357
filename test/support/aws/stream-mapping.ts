import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";
import { failuresOf } from "./batch-report.ts";
import type { Invocable } from "./invocable.ts";
import { type Polling, startPolling } from "./polling.ts";
import { changesAnything, lambdaRecord, type UserIdentity } from "./stream-record.ts";

/**
 * An event source mapping from a table's stream to a function, from its oldest record, in order per shard, with
 * `ReportBatchItemFailures` and `BisectBatchOnFunctionError`: a thrown error halves the batch, a report makes it begin
 * at the first record that failed. What fails `maximumRetryAttempts` times more is told to `onFailure` and left behind.
 * Source: Lambda developer guide, "Configuring partial batch response with DynamoDB" and "Retaining discarded records".
 */
export interface StreamMapping {
  /** Hands over what one read of each shard gave; gives the number of records. */
  poll(): Promise<number>;
  /** Polls until a read gives nothing. */
  drain(): Promise<void>;
  /** Polls beside the test until the end of it. */
  start(): Polling;
}

export interface StreamMappingOptions {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly target: Invocable;
  /** Records per invocation; 100 unless given. */
  readonly batchSize?: number;
  /** 3 unless given. */
  readonly maximumRetryAttempts?: number;
  readonly onFailure?: (discarded: Discarded) => void;
  /** Who made a change that no caller made; the emulator's own expiry does not run, so a test that deletes says so here. */
  readonly identityOf?: (record: DynamoDBRecord) => UserIdentity | null;
}

/** What the on-failure destination is told: where the records are, not what they say. */
export interface Discarded {
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly batchSize: number;
}

export function openStreamMapping(options: StreamMappingOptions): StreamMapping {
  const { client, streamArn, target, batchSize = 100, maximumRetryAttempts = 3 } = options;
  const iterators = new Map<string, string | undefined>();
  return {
    poll,
    async drain() {
      while ((await poll()) > 0);
    },
    start: () => startPolling(poll, 1),
  };

  async function poll(): Promise<number> {
    await findShards();
    let read = 0;
    for (const [shardId, iterator] of iterators) {
      if (iterator === undefined) continue;
      const { Records = [], NextShardIterator } = await client.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: batchSize }),
      );
      iterators.set(shardId, NextShardIterator);
      read += Records.length;
      const records = Records.map((record) => lambdaRecord(record, streamArn))
        .map((record) => ({ ...record, ...identityOf(record) }))
        .filter(changesAnything);
      await handOver(shardId, records, maximumRetryAttempts);
    }
    return read;
  }

  async function findShards(): Promise<void> {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    for (const { ShardId } of StreamDescription?.Shards ?? []) {
      if (ShardId === undefined || iterators.has(ShardId)) continue;
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({ StreamArn: streamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
      );
      iterators.set(ShardId, ShardIterator);
    }
  }

  function identityOf(record: DynamoDBRecord): { readonly userIdentity?: UserIdentity } {
    const identity = options.identityOf?.(record) ?? null;
    return identity === null ? {} : { userIdentity: identity };
  }

  /** Ends when every record was taken or given up, those before it first. */
  async function handOver(shardId: string, records: readonly DynamoDBRecord[], retries: number): Promise<void> {
    if (records.length === 0) return;
    const done = await invoke(records);
    if (done === records.length) return;
    // A part taken is progress, and does not count as a try of the rest.
    if (typeof done === "number" && done > 0) return handOver(shardId, records.slice(done), retries);
    if (done === "threw" && records.length > 1) {
      const half = Math.ceil(records.length / 2);
      await handOver(shardId, records.slice(0, half), retries);
      return handOver(shardId, records.slice(half), retries);
    }
    if (retries > 0) return handOver(shardId, records, retries - 1);
    options.onFailure?.({
      shardId,
      startSequenceNumber: sequenceNumber(records[0]),
      endSequenceNumber: sequenceNumber(records.at(-1)),
      batchSize: records.length,
    });
  }

  /** How many records were taken, the first that failed and all behind it not. */
  async function invoke(records: readonly DynamoDBRecord[]): Promise<number | "threw"> {
    let result: unknown;
    try {
      result = await target.invoke({ Records: records });
    } catch {
      return "threw";
    }
    const ids = records.map(sequenceNumber);
    const failed = failuresOf(result, ids);
    if (failed === "all") return "threw";
    const first = ids.findIndex((id) => failed.has(id));
    return first === -1 ? records.length : first;
  }
}

function sequenceNumber(record: DynamoDBRecord | undefined): string {
  return record?.dynamodb?.SequenceNumber ?? "";
}
