import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { endpointOf } from "./endpoint.ts";
import type { LightServices } from "./light-calls.ts";
import { openLightCalls } from "./light-calls.ts";
import { openDynamoDbCalls } from "./sdk-dynamodb.ts";
import { openS3Calls } from "./sdk-s3.ts";
import { openSecretsManagerCalls } from "./sdk-secrets-manager.ts";
import { openSnsCalls } from "./sdk-sns.ts";
import { openSqsCalls } from "./sdk-sqs.ts";

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Request {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "not/a/real/key" };
const BYTES = new Uint8Array([0, 250, 255]);

let server: Server;
let answer: Answer;
let clients: ReturnType<typeof openBoth>;
let requests: { readonly path: string | undefined; readonly headers: IncomingHttpHeaders; readonly body: string }[] =
  [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    requests.push({ path: request.url, headers: request.headers, body: await text(request) });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // No wait before a retry: what is random is only the wait.
  vi.spyOn(Math, "random").mockReturnValue(0);
  // The way in which a function gets them: nothing of this is passed to the SDK's clients.
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  clients = openBoth();
});
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

describe("the SDK's client and the light one", () => {
  const message = {
    Message: "a & b=c ü+%",
    Subject: "s (1)*'!",
    MessageAttributes: {
      provider: { DataType: "String", StringValue: "stripe" },
      raw: { DataType: "Binary", BinaryValue: BYTES },
    },
    MessageGroupId: "g",
    MessageDeduplicationId: "d",
  };

  test("publish in the same words, and read the same answer", async () => {
    const body = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId>
      <SequenceNumber>10</SequenceNumber></PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>`;
    const [theirs, ours] = await both("sns", { status: 200, body }, (call) =>
      call("Publish", { TopicArn: "arn:aws:sns:eu-central-1:1:t", ...message }),
    );
    expect(ours.output).toEqual(theirs.output);
    expect(ours.output).toEqual({ MessageId: "m-1", SequenceNumber: "10" });
    expect(ours.form).toEqual(theirs.form);
    expect(ours.form).toContainEqual(["MessageAttributes.entry.2.Value.BinaryValue", "APr/"]);
  });

  test("publish batches in the same words, and read the same failures", async () => {
    const body = `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Failed><member><Id>2</Id>
      <Code>InternalError</Code><Message>a &amp; b</Message><SenderFault>false</SenderFault></member></Failed><Successful><member>
      <Id>1</Id><MessageId>m-1</MessageId></member></Successful></PublishBatchResult></PublishBatchResponse>`;
    const [theirs, ours] = await both("sns", { status: 200, body }, (call) =>
      call("PublishBatch", {
        TopicArn: "arn:aws:sns:eu-central-1:1:t",
        PublishBatchRequestEntries: [
          { Id: "1", ...message },
          { Id: "2", Message: "x" },
        ],
      }),
    );
    expect(ours.output).toEqual(theirs.output);
    expect(ours.output).toMatchObject({ Successful: [{ Id: "1" }], Failed: [{ Id: "2", SenderFault: false }] });
    expect(ours.form).toEqual(theirs.form);
  });

  test("send to SQS in the same words, at the configured endpoint whatever the queue's URL says", async () => {
    const MD5OfMessageBody = "0cc175b9c0f1b6a831c399e269772661";
    const [theirs, ours] = await both(
      "sqs",
      { status: 200, body: JSON.stringify({ MessageId: "m", MD5OfMessageBody }) },
      (call) =>
        call("SendMessage", {
          QueueUrl: "https://sqs.eu-central-1.amazonaws.com/123456789012/q.fifo",
          MessageBody: "a",
          MessageGroupId: "g",
          MessageAttributes: { raw: { DataType: "Binary", BinaryValue: BYTES } },
        }),
    );
    expect(ours.output).toEqual(theirs.output);
    expect(JSON.parse(ours.sent.body)).toEqual(JSON.parse(theirs.sent.body));
    for (const header of ["content-type", "x-amz-target", "x-amzn-query-mode", "host"]) {
      expect(ours.sent.headers[header]).toBe(theirs.sent.headers[header]);
    }
  });

  test("read the same secret", async () => {
    const secret = {
      ARN: "a",
      Name: "n",
      SecretBinary: "APr/",
      CreatedDate: 1.700000000123e9,
      VersionStages: ["AWSCURRENT"],
    };
    const [theirs, ours] = await both("secretsmanager", { status: 200, body: JSON.stringify(secret) }, (call) =>
      call("GetSecretValue", { SecretId: "n" }),
    );
    expect(ours.output).toEqual(theirs.output);
    for (const header of ["content-type", "x-amz-target"]) {
      expect(ours.sent.headers[header]).toBe(theirs.sent.headers[header]);
    }
  });

  test("name every error of SQS alike", async () => {
    const modelled = errorCodes(sqs).filter(({ name }) => !["QueueNameExists"].includes(name));
    const unknown = ["InvalidParameterValue", "MissingParameter", "AccessDenied"].map((code) => ({
      name: `${code}Exception`,
      code,
    }));
    for (const { name, code } of [...modelled, ...unknown]) {
      const body = JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message: "m" });
      const headers = { "x-amzn-query-error": `${code};Sender` };
      const [theirs, ours] = await both("sqs", { status: 400, headers, body }, (call) =>
        call("GetQueueAttributes", { QueueUrl: "q" }),
      );
      expect([code, ours.error]).toEqual([code, theirs.error]);
    }
    expect(modelled.length).toBeGreaterThan(20);
  });

  test("name every error of SNS's publishing alike", async () => {
    const others =
      /Filter|Concurrent|OptedOut|Replay|Resource|Stale|Subscription|Tag|TopicLimit|UserError|^InvalidState$/;
    const modelled = errorCodes(sns).filter(({ code }) => !others.test(code));
    const unknown = ["SignatureDoesNotMatch", "AccessDenied", "MissingParameter"].map((code) => ({ code }));
    for (const { code } of [...modelled, ...unknown]) {
      const body = `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code>
        <Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
      const [theirs, ours] = await both("sns", { status: 400, body }, (call) => call("Publish", { Message: "m" }));
      expect([code, ours.error]).toEqual([code, theirs.error]);
    }
    expect(modelled.length).toBeGreaterThan(15);
  });

  test.each<[string, Answer]>([
    [
      "a wrong table",
      { status: 400, body: '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"m"}' },
    ],
    [
      "an error without the model",
      { status: 400, body: '{"__type":"com.amazon.coral.validate#ValidationException","message":"m"}' },
    ],
    [
      "an error named in the header",
      { status: 400, headers: { "x-amzn-errortype": "AccessDeniedException:http://x" }, body: '{"Message":"m"}' },
    ],
    ["a page instead of an answer", { status: 403, body: "<html>4111 1111" }],
    ["a success that is not JSON", { status: 200, body: '{"Item":{"payload":"4111 1111' }],
  ])("name %s alike, without the answer in the message", async (_what, given) => {
    const [theirs, ours] = await both("dynamodb", given, (call) =>
      call("GetItem", { TableName: "t", Key: { a: { S: "b" } } }),
    );
    expect(ours.error?.name).toBe(theirs.error?.name);
    expect(`${ours.error?.message} ${theirs.error?.message}`).not.toContain("4111");
  });
});

describe("the endpoint of a service", () => {
  const region = "eu-central-1";
  const theirs = {
    dynamodb: new DynamoDBClient({ region }).config.endpointProvider,
    sqs: new sqs.SQSClient({ region }).config.endpointProvider,
    sns: new sns.SNSClient({ region }).config.endpointProvider,
    secretsmanager: new SecretsManagerClient({ region }).config.endpointProvider,
  };

  test.each(["us-east-1", region, "us-gov-west-1", "us-gov-east-1", "cn-north-1", "eusc-de-east-1"])(
    "is the SDK's in %s, also with FIPS",
    (Region) => {
      for (const service of Object.keys(theirs) as (keyof typeof theirs)[]) {
        for (const UseFIPS of [false, true]) {
          const { url } = theirs[service]({ Region, UseFIPS, UseDualStack: false });
          expect(endpointOf(service, Region, { AWS_USE_FIPS_ENDPOINT: String(UseFIPS) })).toEqual(url);
        }
      }
    },
  );
});

describe("the SDK's S3 client at a configured endpoint", () => {
  test("has the bucket in the path and sends the body as it is", async () => {
    requests = [];
    answer = { status: 200, headers: { etag: '"e"' }, body: "" };
    await openS3Calls()("PutObject", { Bucket: "archive", Key: "dead/a b.json", Body: "{}" });
    expect(requests[0]).toMatchObject({ path: "/archive/dead/a%20b.json?x-id=PutObject", body: "{}" });
    expect(Object.keys(requests[0]?.headers ?? {}).filter((name) => name.includes("checksum"))).toEqual([]);
  });
});

function openBoth() {
  const light = { region: "eu-central-1", credentials: () => credentials };
  return {
    dynamodb: [openDynamoDbCalls(), openLightCalls({ ...light, service: "dynamodb" })],
    sqs: [openSqsCalls(), openLightCalls({ ...light, service: "sqs" })],
    sns: [openSnsCalls(), openLightCalls({ ...light, service: "sns" })],
    secretsmanager: [openSecretsManagerCalls(), openLightCalls({ ...light, service: "secretsmanager" })],
  } as const satisfies { [Service in keyof LightServices]: readonly [LightServices[Service], LightServices[Service]] };
}

async function both<Service extends keyof LightServices>(
  service: Service,
  given: Answer,
  script: (call: LightServices[Service]) => Promise<object>,
) {
  answer = given;
  const run = async (call: LightServices[Service]) => {
    requests = [];
    const result = await script(call).catch((error: unknown) => error as Error);
    const sent: Request = requests[0] ?? { path: undefined, headers: {}, body: "" };
    if (result instanceof Error) {
      return { sent, form: [], output: undefined, error: { name: result.name, message: result.message } };
    }
    const { $metadata: _, ...output } = result as { $metadata?: unknown };
    return { sent, form: [...new URLSearchParams(sent.body)].sort(), output, error: undefined };
  };
  const [theirs, ours] = clients[service] as readonly [LightServices[Service], LightServices[Service]];
  return [await run(theirs), await run(ours)] as const;
}

/** The names and the codes on the wire of the errors in an SDK package's model. */
function errorCodes(client: object): { readonly name: string; readonly code: string }[] {
  return Object.values(client).flatMap((schema: unknown) => {
    if (!Array.isArray(schema) || typeof schema[3] !== "object" || schema[3]?.error === undefined) return [];
    return [{ name: schema[2], code: schema[3].awsQueryError?.[0] ?? schema[2] }];
  });
}
