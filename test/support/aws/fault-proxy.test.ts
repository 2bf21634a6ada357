import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clientSettings } from "./client-settings.ts";
import { isAvailable, UNAVAILABLE } from "./dynamodb.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { openFunctionProcess } from "./function-process.ts";
import { handlerFile } from "./handler-file.ts";
import { itemBytes } from "./item-bytes.ts";
import { type LocalAws, startLocalAws } from "./local-aws.ts";
import type { Stack } from "./stack.ts";

describe.skipIf(!isAvailable())(`the proxy before the emulators${isAvailable() ? "" : ` (${UNAVAILABLE})`}`, () => {
  let aws: LocalAws;
  let proxy: FaultProxy;
  let stack: Stack;
  let dynamodb: DynamoDBClient;
  let sqs: SQSClient;
  let sns: SNSClient;
  let s3: S3Client;
  let secretsManager: SecretsManagerClient;

  beforeAll(async () => {
    aws = await startLocalAws();
    proxy = await startFaultProxy(aws.endpoints);
    stack = await aws.createStack({
      suffix: `proxy-${process.pid}`,
      through: proxy.endpoints,
      config: "strongroom.yaml",
    });
    const of = (variable: string) => clientSettings(stack.environment[variable] as string);
    dynamodb = new DynamoDBClient(of("AWS_ENDPOINT_URL_DYNAMODB"));
    sqs = new SQSClient(of("AWS_ENDPOINT_URL_SQS"));
    sns = new SNSClient(of("AWS_ENDPOINT_URL_SNS"));
    s3 = new S3Client(of("AWS_ENDPOINT_URL_S3"));
    secretsManager = new SecretsManagerClient(of("AWS_ENDPOINT_URL_SECRETS_MANAGER"));
  });
  afterAll(async () => {
    for (const client of [dynamodb, sqs, sns, s3, secretsManager]) client.destroy();
    await proxy.stop();
    await aws.stop();
  });
  beforeEach(() => {
    proxy.plan(null);
    proxy.clear();
  });

  const item = (id: string, bytes = 0) => ({ webhook_id: { S: id }, payload: { B: Buffer.alloc(bytes) } });
  const put = (id: string, bytes = 0) =>
    dynamodb.send(new PutItemCommand({ TableName: stack.names.eventsTable, Item: item(id, bytes) }));
  const isThere = async (id: string) => {
    const Key = { webhook_id: { S: id } };
    const { Item } = await aws.clients.dynamodb.send(new GetItemCommand({ TableName: stack.names.eventsTable, Key }));
    return Item !== undefined;
  };
  const send = () =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: stack.environment.QUEUE_URL as string,
        MessageBody: "m",
        MessageGroupId: "g",
        MessageDeduplicationId: String(Math.random()),
      }),
    );
  const publish = (topic: "resultsTopicArn" | "alertsTopicArn", message: object) =>
    sns.send(new PublishCommand({ TopicArn: stack.names[topic], Message: JSON.stringify(message) }));
  const archive = () =>
    s3.send(
      new PutObjectCommand({ Bucket: stack.names.archiveBucket, Key: "shop/2026/01/02/é 1.json", Body: '{"a":"é"}' }),
    );

  test("calls to every service come through, are named in order, and the stack's readers see what they did", async () => {
    aws.secretsManager.put("shop", "value");
    await put("calls", 10);
    await send();
    await publish("resultsTopicArn", { type: "payment.succeeded" });
    await publish("alertsTopicArn", { kind: "event.dead" });
    await archive();
    const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: "shop" }));
    expect(SecretString).toBe("value");
    expect(
      proxy.calls().map(({ index, service, operation, outcome }) => `${index} ${service} ${operation} ${outcome}`),
    ).toEqual([
      "0 dynamodb PutItem answered",
      "1 sqs SendMessage answered",
      "2 sns Publish answered",
      "3 sns Publish answered",
      "4 s3 PutObject answered",
      "5 secretsManager GetSecretValue answered",
    ]);
    expect(await isThere("calls")).toBe(true);
    expect(stack.queue()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
    expect(stack.deadLetterQueue()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(await stack.published()).toEqual([{ type: "payment.succeeded" }]);
    expect(await stack.alerts()).toEqual([{ kind: "event.dead" }]);
    expect(await stack.archive()).toEqual(new Map([["shop/2026/01/02/é 1.json", '{"a":"é"}']]));
  });

  test.each([
    ["throttled", ["ThrottlingException", "RequestThrottled", "Throttled", "SlowDown", "ThrottlingException"]],
    [
      "unavailable",
      ["InternalServerError", "ServiceUnavailableException", "InternalError", "InternalError", "InternalServiceError"],
    ],
  ] as const)("a service that is %s says so by its own error, and the call has no effect", async (as, names) => {
    proxy.plan(() => ({ kind: "fail-before", as }));
    const calls = [() => put("refused"), send, () => publish("alertsTopicArn", {}), archive, secret];
    for (const [index, call] of calls.entries()) {
      await expect(call()).rejects.toMatchObject({ name: expect.stringContaining(names[index] as string) });
    }
    expect(await isThere("refused")).toBe(false);
    expect(proxy.calls().map(({ outcome }) => outcome)).toEqual(Array(5).fill("refused"));
  });

  const secret = () => secretsManager.send(new GetSecretValueCommand({ SecretId: "shop" }));

  test("a connection can break before a call takes effect, or after", async () => {
    proxy.plan(({ index }) => (index === 0 ? { kind: "fail-before", as: "reset" } : { kind: "fail-after" }));
    await expect(put("before")).rejects.toMatchObject({ code: "ECONNRESET" });
    await expect(put("after")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect([await isThere("before"), await isThere("after")]).toEqual([false, true]);
    expect(proxy.calls().map(({ outcome }) => outcome)).toEqual(["refused", "lost"]);
  });

  test("an answer can be held while the call has taken effect", async () => {
    proxy.plan(() => ({ kind: "delay", ms: 150 }));
    let answered = false;
    const putting = put("held").then(() => {
      answered = true;
    });
    await expect.poll(() => isThere("held"), { interval: 5 }).toBe(true);
    expect(answered).toBe(false);
    await putting;
    expect(proxy.calls()[0]?.outcome).toBe("answered");
  });

  test.each([
    ["kill-before", false],
    ["kill-after", true],
  ] as const)("%s takes the function's process away with that call", async (kind, tookEffect) => {
    const instance = openFunctionProcess(
      handlerFile(`import { request } from "node:http";
      export const handler = ({ id }) => new Promise((resolve, reject) => {
        const headers = {
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": "DynamoDB_20120810.PutItem",
          authorization: "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
          "x-amz-date": "20260101T000000Z",
        };
        const { AWS_ENDPOINT_URL_DYNAMODB: url, EVENTS_TABLE: TableName } = process.env;
        request(url, { method: "POST", headers }, ({ statusCode }) => resolve(statusCode))
          .on("error", reject)
          .end(JSON.stringify({ TableName, Item: { webhook_id: { S: id } } }));
      });
      `),
      { name: "under-test", environment: stack.environment },
    );
    proxy.plan(() => ({ kind, kill: instance.kill }));
    await expect(instance.invoke({ id: kind })).rejects.toMatchObject({ errorType: "Runtime.ExitError" });
    expect(await isThere(kind)).toBe(tookEffect);
    proxy.plan(null);
    expect(await instance.invoke({ id: kind })).toBe(200);
    expect(instance.starts()).toBe(2);
    await instance.stop();
  });

  test("what DynamoDB charges is read from every answer, though the function did not ask", async () => {
    const TableName = stack.names.eventsTable;
    const waiting = { ...item("paid", 100), pending: { S: "00" }, received_at: { S: "2026-01-02T03:04:05.678Z" } };
    await dynamodb.send(new PutItemCommand({ TableName, Item: waiting }));
    const Key = { webhook_id: { S: "paid" } };
    await dynamodb.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: "REMOVE pending" }));
    await dynamodb.send(new GetItemCommand({ TableName, Key }));
    await put("large", 2_000);
    const condition = { ConditionExpression: "attribute_not_exists(webhook_id)" };
    const again = { TableName, Item: item("large"), ...condition };
    await expect(dynamodb.send(new PutItemCommand(again))).rejects.toThrow();
    const withItem = { ...again, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
    await expect(dynamodb.send(new PutItemCommand(withItem))).rejects.toThrow();
    const table = TableName;
    expect(proxy.calls().flatMap(({ capacity }) => capacity)).toEqual([
      { table, kind: "write", units: 1, indexes: { "pending-index": 1 } },
      { table, kind: "write", units: 1, indexes: { "pending-index": 1 } },
      { table, kind: "read", units: 0.5, indexes: {} },
      { table, kind: "write", units: 2, indexes: {} },
      { table, kind: "write", units: 1, indexes: {} },
      { table, kind: "write", units: 2, indexes: {} },
    ]);
  });

  test("an item's size is what DynamoDB charges for, to the byte", async () => {
    const varied = (bytes: number) => ({
      webhook_id: { S: "sizé" },
      tries: { N: "-12345.670" },
      flag: { BOOL: true },
      attempts: { L: [{ M: { n: { N: "1" }, error: { NULL: true } } }] },
      words: { SS: ["a", "bc"] },
      payload: { B: Buffer.alloc(bytes) },
    });
    const wire = (bytes: number) => ({ ...varied(bytes), payload: { B: Buffer.alloc(bytes).toString("base64") } });
    const rest = 1024 - itemBytes(wire(0));
    for (const bytes of [rest, rest + 1]) {
      await dynamodb.send(new PutItemCommand({ TableName: stack.names.eventsTable, Item: varied(bytes) as never }));
    }
    expect(proxy.calls().map(({ capacity }) => capacity[0]?.units)).toEqual([1, 2]);
  });
});
