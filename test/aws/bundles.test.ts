import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { apiGatewayEvent } from "../support/aws/api-gateway-event.ts";
import { openFunctionProcess } from "../support/aws/function-process.ts";
import { bundleOf, type FunctionName, loadBundle } from "./functions/bundles.ts";
import { SECRET, stripeDelivery } from "./functions/stripe-delivery.ts";

/** Bytes of each function's `index.mjs`, as it is and compressed: a tenth more than when they were last looked at. */
const BUDGETS: readonly (readonly [name: FunctionName, minified: number, gzipped: number])[] = [
  ["receiver", 142_000, 55_500],
  ["processor", 748_000, 224_000],
  ["archiver", 943_000, 276_000],
  ["auditor", 533_000, 163_000],
  ["reconciler", 724_000, 216_000],
  ["authorizer", 68_500, 28_500],
];

const folder = mkdtempSync(join(tmpdir(), "strongroom-bundles-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(BUDGETS)("the bundle of the %s", (name, minified, gzipped) => {
  const text = () => readFileSync(bundleOf(name));

  it("stays within its budget, minified and compressed", () => {
    const sizes = {
      minified: text().byteLength,
      gzipped: gzipSync(text(), { level: constants.Z_BEST_COMPRESSION }).byteLength,
    };
    expect(excess(sizes, { minified, gzipped })).toEqual([]);
  });

  it("exports the handler and nothing else", async () => {
    expect(Object.keys(await loadBundle(name))).toEqual(["handler"]);
  });
});

describe("the receiver's bundle", () => {
  it("holds neither the SDK nor schemas nor YAML", () => {
    // What the bundles that need them hold, so that a word which means nothing any more is noticed.
    expect(wordsIn(bundleOf("processor"))).toEqual(["@aws-sdk", "smithy"]);
    expect(wordsIn(new URL("read-yaml-config.mjs", bundleOf("receiver")))).toEqual(["ZodError", "YAMLParseError"]);
    expect(wordsIn(bundleOf("receiver"))).toEqual([]);
  });

  it("loads Node's own modules alone at its start, without those for the network, and the YAML reader when asked", async () => {
    const imports = await importsOf(bundleOf("receiver"));
    const atOnce = imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path);
    expect(atOnce).toContain("node:crypto");
    expect(atOnce.filter((path) => !path.startsWith("node:"))).toEqual([]);
    expect(atOnce.filter((path) => /^node:(?:http|https|http2|net|tls|dns)$/.test(path))).toEqual([]);
    const later = imports.filter(({ kind }) => kind === "dynamic-import").map(({ path }) => path);
    expect(later).toEqual(["./read-yaml-config.mjs"]);
  });
});

describe("where the functions find AWS", () => {
  const SERVICES = ["DYNAMODB", "SQS", "SNS", "SECRETS_MANAGER"];

  it("is one variable for all services", async () => {
    const aws = await startAws();
    await callAll({ AWS_ENDPOINT_URL: aws.url });
    expect(aws.services()).toEqual(["AmazonSNS", "AmazonSQS", "DynamoDB_20120810", "secretsmanager"]);
  });

  it("is a variable of each service, which comes before the one for all", async () => {
    const [elsewhere, ...each] = await Promise.all([startAws(), ...SERVICES.map(startAws)]);
    const own = SERVICES.map((service, n) => [`AWS_ENDPOINT_URL_${service}`, each[n]?.url ?? ""] as const);
    await callAll({ ...Object.fromEntries(own), AWS_ENDPOINT_URL: elsewhere.url });
    expect(each.map((aws) => aws.services())).toEqual([
      ["DynamoDB_20120810"],
      ["AmazonSQS"],
      ["AmazonSNS"],
      ["secretsmanager"],
    ]);
    expect(elsewhere.services()).toEqual([]);
  });
});

/** One line for each size that is over its budget. */
function excess(sizes: Readonly<Record<string, number>>, budget: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(sizes)
    .filter(([kind, bytes]) => bytes > (budget[kind] ?? 0))
    .map(
      ([kind, bytes]) => `${kind}: ${bytes} bytes, ${bytes - (budget[kind] ?? 0)} over the budget of ${budget[kind]}`,
    );
}

function wordsIn(url: URL): readonly string[] {
  const text = readFileSync(url, "utf8");
  return ["@aws-sdk", "smithy", "ZodError", "YAMLParseError"].filter((word) => text.includes(word));
}

async function importsOf(url: URL) {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(url)],
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["./read-yaml-config.mjs"],
    metafile: true,
    write: false,
  });
  return Object.values(metafile.inputs).flatMap(({ imports }) => imports);
}

/** Invokes functions that together call every service, with the light client and with the SDK. */
async function callAll(endpoints: Readonly<Record<string, string>>): Promise<void> {
  const { headers, body } = stripeDelivery();
  const received = await invoke("receiver", endpoints, apiGatewayEvent({ path: "/webhooks/stripe", headers, body }));
  expect(received).toMatchObject({ statusCode: 200 });
  expect(await invoke("reconciler", endpoints, {})).toEqual({ repaired: 0, left: 0 });
  const deletion = {
    eventName: "REMOVE",
    dynamodb: { Keys: { webhook_id: { S: "stripe:evt_1" } }, SequenceNumber: "1" },
  };
  expect(await invoke("auditor", endpoints, { Records: [deletion] })).toEqual({ batchItemFailures: [] });
}

async function invoke(name: FunctionName, endpoints: Readonly<Record<string, string>>, event: unknown) {
  const config = join(folder, "strongroom.yaml");
  writeFileSync(config, `version: 1\nsources: { stripe: { provider: stripe, secrets: ["\${env:STRIPE_SECRET}"] } }\n`);
  const environment = {
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    STRONGROOM_CONFIG: config,
    EVENTS_TABLE: "events",
    // Another host than any endpoint: the variables decide.
    QUEUE_URL: "https://sqs.invalid/000000000000/queue.fifo",
    ALERTS_TOPIC_ARN: "arn:aws:sns:us-east-1:000000000000:alerts",
    SECRETS_PREFIX: "strongroom/",
    ...endpoints,
  };
  const instance = openFunctionProcess(bundleOf(name), { name, environment });
  try {
    return await instance.invoke(event);
  } finally {
    await instance.stop();
  }
}

/** As much of AWS as these calls need. `services`: which were called here, by the names that requests bear. */
async function startAws(): Promise<{ readonly url: string; readonly services: () => readonly string[] }> {
  const called = new Set<string>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [service = "AmazonSNS", operation] = request.headers["x-amz-target"]?.toString().split(".") ?? [];
    called.add(service);
    response.setHeader("content-type", request.headers["content-type"] ?? "");
    response.end(operation === undefined ? PUBLISHED : JSON.stringify(OUTPUTS[operation] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, services: () => [...called].sort() };
}

const OUTPUTS: Readonly<Record<string, object>> = {
  GetSecretValue: { SecretString: SECRET },
  Query: { Items: [], Count: 0 },
  GetQueueAttributes: { Attributes: { ApproximateNumberOfMessages: "0" } },
};
const PUBLISHED = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
