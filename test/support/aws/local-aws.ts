import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { clientSettings } from "./client-settings.ts";
import { startDynamoDb } from "./dynamodb.ts";
import { type RunningSecretsManager, startSecretsManager } from "./secrets-manager.ts";
import { startSnsAndS3 } from "./sns-s3.ts";
import { type RunningSqs, startSqs } from "./sqs/start-sqs.ts";
import { createStack, type Endpoints, type Stack, type StackOptions } from "./stack.ts";

/** The services that the functions call, on loopback, empty at first. */
export interface LocalAws {
  readonly endpoints: Endpoints;
  /** Clients of the SDK that go to the emulators themselves and retry nothing. */
  readonly clients: Clients;
  readonly sqs: RunningSqs;
  readonly secretsManager: RunningSecretsManager;
  createStack(options: StackOptions): Promise<Stack>;
  stop(): Promise<void>;
}

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  readonly secretsManager: SecretsManagerClient;
}

/** Rejects where there is no DynamoDB to test on: see `isAvailable` in `dynamodb.ts`. */
export async function startLocalAws(): Promise<LocalAws> {
  const dynamodb = await startDynamoDb();
  const [sqs, snsAndS3, secretsManager] = await Promise.all([startSqs(), startSnsAndS3(), startSecretsManager()]);
  const endpoints: Endpoints = {
    dynamodb: dynamodb.endpoint,
    sqs: sqs.endpoint,
    sns: snsAndS3.endpoint,
    s3: snsAndS3.endpoint,
    secretsManager: secretsManager.endpoint,
  };
  const clients: Clients = {
    dynamodb: new DynamoDBClient(clientSettings(endpoints.dynamodb)),
    streams: new DynamoDBStreamsClient(clientSettings(endpoints.dynamodb)),
    sqs: new SQSClient(clientSettings(endpoints.sqs)),
    sns: new SNSClient(clientSettings(endpoints.sns)),
    s3: new S3Client({ ...clientSettings(endpoints.s3), forcePathStyle: true }),
    secretsManager: new SecretsManagerClient(clientSettings(endpoints.secretsManager)),
  };
  return {
    endpoints,
    clients,
    sqs,
    secretsManager,
    createStack: (options) => createStack({ dynamodb: clients.dynamodb, sqs, snsAndS3, endpoints }, options),
    async stop() {
      for (const client of Object.values(clients)) client.destroy();
      await Promise.all([dynamodb.stop(), sqs.stop(), snsAndS3.stop(), secretsManager.stop()]);
    },
  };
}
