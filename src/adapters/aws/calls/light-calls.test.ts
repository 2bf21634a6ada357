import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { environmentCredentials } from "./environment-credentials.ts";
import { openLightCalls } from "./light-calls.ts";

const ENV = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "not/a/real/key",
  AWS_SESSION_TOKEN: "not//a//real//session==",
  AWS_LAMBDA_FUNCTION_NAME: "webhook-receiver-test",
  _X_AMZN_TRACE_ID: "Root=1-5759e988-bd862e3fe1be46a994272793",
};
const PUT = {
  TableName: "events",
  Item: { webhook_id: { S: "stripe:evt_ü" }, payload: { B: new Uint8Array([1, 2]) } },
};
const CONDITION = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
interface Seen {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly port: number | undefined;
}

let server: Server;
let answers: Answer[] = [];
let seen: Seen[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    seen.push({ headers: request.headers, body: await text(request), port: request.socket.remotePort });
    const answer = answers.shift();
    if (answer === undefined) response.writeHead(500).end();
    else answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  answers = [];
  seen = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("a call of the light client", () => {
  test("bears a signature that the SDK's signer makes too, and passes the trace on", async () => {
    answers = [ok("{}")];
    const output = await open()("PutItem", PUT);
    expect(output).toEqual({ $metadata: { httpStatusCode: 200, requestId: "R1" } });

    const [{ headers, body }] = seen as [Seen];
    expect(headers["x-amzn-trace-id"]).toBe(ENV._X_AMZN_TRACE_ID);
    expect(headers["x-amz-security-token"]).toBe(ENV.AWS_SESSION_TOKEN);
    const names = /SignedHeaders=([^,]+),/.exec(headers.authorization ?? "")?.[1]?.split(";") ?? [];
    expect(names).toEqual(["content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"]);
    expect(await sdkAuthorization(names, headers, body)).toBe(headers.authorization);
    expect(JSON.parse(body)).toEqual({ ...PUT, Item: { ...PUT.Item, payload: { B: "AQI=" } } });
  });

  test("reads the credentials again at each call, and says which variable is missing", async () => {
    const env: Record<string, string | undefined> = { ...ENV };
    const dynamo = open({ credentials: environmentCredentials(env) });
    answers = [ok("{}"), ok("{}")];
    await dynamo("PutItem", PUT);
    env.AWS_ACCESS_KEY_ID = "AKIDSECOND";
    await dynamo("PutItem", PUT);
    expect(seen.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? "")?.[1])).toEqual([
      "AKIDEXAMPLE",
      "AKIDSECOND",
    ]);
    delete env.AWS_ACCESS_KEY_ID;
    const error = await dynamo("PutItem", PUT).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ name: "CredentialsProviderError" });
    expect(String(error)).not.toContain(ENV.AWS_SECRET_ACCESS_KEY);
  });

  test("goes over the connection of the call before", async () => {
    answers = [ok("{}"), ok("{}"), ok("{}")];
    const dynamo = open();
    for (let call = 0; call < 3; call++) await dynamo("PutItem", PUT);
    expect(new Set(seen.map(({ port }) => port)).size).toBe(1);
  });

  test("that fails on a condition is not repeated and gives the item with its bytes", async () => {
    const Item = { webhook_id: { S: "a" }, B: { M: { B: { B: "AQI=" } } } };
    answers = [refuse(400, { __type: CONDITION, message: "The conditional request failed", Item })];
    const error = await open()("PutItem", PUT).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "ConditionalCheckFailedException",
      message: "The conditional request failed",
      Item: { webhook_id: { S: "a" }, B: { M: { B: { B: new Uint8Array([1, 2]) } } } },
    });
    expect(seen).toHaveLength(1);
  });

  test.each<[string, Answer]>([
    ["the connection is reset", (_, request) => request.socket.resetAndDestroy()],
    ["the connection is closed without an answer", (_, request) => request.socket.destroy()],
    [
      "half an answer comes",
      (response) => response.writeHead(200, { "content-length": 99 }).write("{", () => response.destroy()),
    ],
    ["a success is not JSON", ok("<html>Item secret")],
    ["the service has an internal error", refuse(500, { __type: "InternalServerError" })],
    ["a gateway answers with a page", (response) => response.writeHead(503).end("<html>")],
    ["the table is throttled", refuse(400, { __type: "x#ProvisionedThroughputExceededException" })],
  ])("is repeated when %s", async (_what, answer) => {
    answers = [answer, ok('{"Count":1}')];
    expect(await open()("Query", { TableName: "events" })).toMatchObject({ Count: 1 });
    expect(seen).toHaveLength(2);
  });

  test("is repeated on another connection when no answer comes in time, and given up after three tries", async () => {
    answers = [() => {}, (response) => response.writeHead(200).write("{"), () => {}];
    const error = await open({ limits: { requestMs: 60 } })("PutItem", PUT).catch((fault: unknown) => fault);
    expect(error).toMatchObject({
      name: "TimeoutError",
      message: expect.stringContaining("no whole answer within 60 ms"),
    });
    expect(new Set(seen.map(({ port }) => port)).size).toBe(3);
  });

  test("is given up when the host refuses or does not answer the connection in time", async () => {
    // A server that never gets to accept: once its queue is full, the system lets further connections hang.
    const script = `
      const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
        require("node:fs").writeSync(1, String(server.address().port));
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000);
      });`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const port = await new Promise<number>((resolve) => child.stdout.once("data", (data) => resolve(Number(data))));
    const fillers = Array.from({ length: 3 }, () => connect({ port, host: "127.0.0.1" }).on("error", () => {}));
    await once(fillers[0] as Socket, "connect");
    const call = (limits: { connectionMs?: number }) =>
      open({ endpoint: `http://127.0.0.1:${port}`, limits })("PutItem", PUT).catch((fault: unknown) => fault);

    const hanging = await call({ connectionMs: 80 });
    expect(hanging).toMatchObject({ name: "TimeoutError", message: `127.0.0.1:${port}: no connection within 80 ms.` });

    for (const filler of fillers) filler.destroy();
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await call({})).toMatchObject({ name: "TimeoutError", message: `127.0.0.1:${port}: ECONNREFUSED.` });
  });

  test("is signed anew with the service's time when the clock is an hour off", async () => {
    const now = Date.now() - 3_600_000;
    answers = [
      (response) =>
        response
          .writeHead(400, { date: new Date().toUTCString() })
          .end(JSON.stringify({ __type: "x#InvalidSignatureException", message: "Signature expired: is now earlier" })),
      ok("{}"),
    ];
    await open({ now: () => now })("PutItem", PUT);
    const times = seen.map(({ headers }) => String(headers["x-amz-date"]));
    expect(times[0]).toBe(new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, ""));
    const signedAt = Date.parse(times[1]?.replace(/(....)(..)(..T..)(..)(..)/, "$1-$2-$3:$4:$5") ?? "");
    expect(Math.abs(signedAt - Date.now())).toBeLessThan(60_000);
  });

  test("does not take an answer without end", async () => {
    answers = [(response) => response.writeHead(200).end("x".repeat(5_000))];
    const error = await open({ limits: { answerBytes: 4_096 } })("Scan", { TableName: "t" }).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: "AnswerTooLarge" });
    expect(seen).toHaveLength(1);
  });

  test("does not follow a redirect with its signature", async () => {
    answers = [(response) => response.writeHead(302, { location: "/elsewhere" }).end()];
    await expect(open()("PutItem", PUT)).rejects.toMatchObject({ name: "UnreadableAnswer" });
    expect(seen).toHaveLength(1);
  });

  test("fails without the session token or the answer in its message", async () => {
    const canonical = `The signature does not match.\n\n'POST\n/\n\nx-amz-security-token:${ENV.AWS_SESSION_TOKEN}'`;
    answers = [refuse(400, { __type: "InvalidSignatureException", message: canonical })];
    const signature: unknown = await open()("PutItem", PUT).catch((fault: unknown) => fault);
    expect((signature as Error).message).toBe("The signature does not match.");
    expect((signature as Error).stack).not.toContain(ENV.AWS_SESSION_TOKEN);

    answers = Array(3).fill(ok('{"Item":{"payload":"4111 1111'));
    const unreadable: unknown = await open()("GetItem", { TableName: "t", Key: {} }).catch((fault: unknown) => fault);
    expect(unreadable).toMatchObject({ name: "UnreadableAnswer" });
    expect((unreadable as Error).stack).not.toContain("4111");
  });

  test("gives a secret with its bytes and its date", async () => {
    answers = [ok('{"Name":"a","SecretString":"s","SecretBinary":"AQI=","CreatedDate":1.7E9}')];
    const secrets = openLightCalls({ service: "secretsmanager", ...common() });
    expect(await secrets("GetSecretValue", { SecretId: "a" })).toMatchObject({
      SecretString: "s",
      SecretBinary: new Uint8Array([1, 2]),
      CreatedDate: new Date(1_700_000_000_000),
    });
    expect(seen[0]?.headers).toMatchObject({
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "secretsmanager.GetSecretValue",
    });
  });
});

function common() {
  const { port } = server.address() as AddressInfo;
  return {
    region: "eu-central-1",
    env: { ...ENV, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` },
    credentials: environmentCredentials(ENV),
  };
}

function open(options: Partial<Parameters<typeof openLightCalls<"dynamodb">>[0]> = {}) {
  return openLightCalls({ ...common(), ...options, service: "dynamodb" });
}

function ok(body: string): Answer {
  return (response) => response.writeHead(200, { "x-amzn-requestid": "R1" }).end(body);
}

function refuse(status: number, body: object): Answer {
  return (response) => response.writeHead(status).end(JSON.stringify(body));
}

async function sdkAuthorization(names: string[], headers: IncomingMessage["headers"], body: string) {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = ENV;
  const region = "eu-central-1";
  const { config } = new DynamoDBClient({ region, credentials: { accessKeyId, secretAccessKey, sessionToken } });
  // Without the checksum header that the signer adds for S3.
  Object.assign(config, { applyChecksum: false });
  const signer = await config.signer({ name: "sigv4", signingName: "dynamodb", signingRegion: region, properties: {} });
  const time = String(headers["x-amz-date"]).replace(/(....)(..)(..T..)(..)(..)/, "$1-$2-$3:$4:$5");
  const signed = await signer.sign(
    {
      method: "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      path: "/",
      headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
      body,
    },
    { signingDate: new Date(time) },
  );
  return signed.headers.authorization;
}
