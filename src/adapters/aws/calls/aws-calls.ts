import type * as D from "@aws-sdk/client-dynamodb";
import type * as S3 from "@aws-sdk/client-s3";
import type * as M from "@aws-sdk/client-secrets-manager";
import type * as N from "@aws-sdk/client-sns";
import type * as Q from "@aws-sdk/client-sqs";
import { StoreError } from "../../../domain/errors.ts";

/**
 * Calls to one AWS service, by the names and in the shapes of its API. The SDK gives one of these (`sdk-calls.ts`); where
 * a cold start has to be short, our own small client does (`light-calls.ts`). A rejection is an error whose `name` is the
 * service's error code, with `Item` where a failed condition returns the item.
 */
export type AwsCalls<Operations extends Shapes<Operations>> = <Operation extends keyof Operations>(
  operation: Operation,
  input: Operations[Operation]["input"],
) => Promise<Operations[Operation]["output"]>;

/** What a service's table of operations looks like. */
export type Shapes<Operations> = { readonly [Operation in keyof Operations]: Shape<unknown, unknown> };
interface Shape<Input, Output> {
  readonly input: Input;
  readonly output: Output;
}

export type DynamoDbCalls = AwsCalls<DynamoDbOperations>;

export interface DynamoDbOperations {
  GetItem: Shape<D.GetItemCommandInput, D.GetItemCommandOutput>;
  PutItem: Shape<D.PutItemCommandInput, D.PutItemCommandOutput>;
  UpdateItem: Shape<D.UpdateItemCommandInput, D.UpdateItemCommandOutput>;
  DeleteItem: Shape<D.DeleteItemCommandInput, D.DeleteItemCommandOutput>;
  Query: Shape<D.QueryCommandInput, D.QueryCommandOutput>;
  Scan: Shape<D.ScanCommandInput, D.ScanCommandOutput>;
}

export type SqsCalls = AwsCalls<SqsOperations>;

export interface SqsOperations {
  SendMessage: Shape<Q.SendMessageCommandInput, Q.SendMessageCommandOutput>;
  ChangeMessageVisibilityBatch: Shape<
    Q.ChangeMessageVisibilityBatchCommandInput,
    Q.ChangeMessageVisibilityBatchCommandOutput
  >;
  GetQueueAttributes: Shape<Q.GetQueueAttributesCommandInput, Q.GetQueueAttributesCommandOutput>;
}

export type SnsCalls = AwsCalls<SnsOperations>;

export interface SnsOperations {
  Publish: Shape<N.PublishCommandInput, N.PublishCommandOutput>;
  PublishBatch: Shape<N.PublishBatchCommandInput, N.PublishBatchCommandOutput>;
}

export type SecretsManagerCalls = AwsCalls<SecretsManagerOperations>;

export interface SecretsManagerOperations {
  GetSecretValue: Shape<M.GetSecretValueCommandInput, M.GetSecretValueCommandOutput>;
}

export type S3Calls = AwsCalls<S3Operations>;

export interface S3Operations {
  PutObject: Shape<S3.PutObjectCommandInput, S3.PutObjectCommandOutput>;
  DeleteObject: Shape<S3.DeleteObjectCommandInput, S3.DeleteObjectCommandOutput>;
}

export type Item = Record<string, D.AttributeValue>;

/** A condition on a write did not hold. `Item` is the item as it is, when the call asked for it. */
export function isConditionFailure(error: unknown): error is Error & { readonly Item?: Item } {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}

/**
 * A fault of AWS as the ports name it: whatever the service says, trying again later can help. Only a request that is
 * wrong in itself is passed on as it is.
 */
export function asStoreError(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const { name, message } = error as Error;
  if (OURS.has(name)) return error;
  return new StoreError("unavailable", `${name}: ${message}`.split("\n")[0] as string, { cause: error });
}

const OURS = new Set(["ValidationException", "SerializationException", "TypeError", "RangeError", "SyntaxError"]);
