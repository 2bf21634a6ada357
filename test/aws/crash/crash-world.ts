import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { clientSettings } from "../../support/aws/client-settings.ts";
import { type FaultProxy, startFaultProxy } from "../../support/aws/fault-proxy.ts";
import { openInProcess } from "../../support/aws/function-in-process.ts";
import { openFunctionProcess } from "../../support/aws/function-process.ts";
import type { Invocable } from "../../support/aws/invocable.ts";
import { startSecretsManager } from "../../support/aws/secrets-manager.ts";
import { startSnsAndS3 } from "../../support/aws/sns-s3.ts";
import { startSqs } from "../../support/aws/sqs/start-sqs.ts";
import { createStack, type Endpoints, type Stack } from "../../support/aws/stack.ts";
import { bundleOf, type FunctionName, loadBundle } from "../functions/bundles.ts";
import { compiledConfig } from "../functions/function-config.ts";
import { SECRET } from "../functions/stripe-delivery.ts";
import { realNow, takeClock } from "./clock-ahead.ts";

/** One deployment on emulators of its own, with a proxy before them. Only the DynamoDB process is shared. */
export interface CrashWorld {
  readonly stack: Stack;
  readonly proxy: FaultProxy;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly functions: Readonly<Record<Role, RunningFunction>>;
  /** A source of its own for each run: own ids, own payment, own secret. */
  source(): string;
  /** Whether a message of this event is in the queue. */
  isQueued(eventId: string): boolean;
  /** Epoch milliseconds by the clock of the functions. */
  now(): number;
  /** It is so much later, for the queues and for the functions in this process. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

export type Role = Extract<FunctionName, "receiver" | "processor" | "archiver" | "reconciler">;

/** `kill` ends its process by SIGKILL; null for one that has no process of its own. */
export interface RunningFunction extends Invocable {
  readonly kill: (() => void) | null;
}

const SOURCES = 400;
/** As deployed; the receiver's is the shortest. */
const TIMEOUT_MS = { receiver: 10_000, processor: 50_000, archiver: 50_000, reconciler: 50_000 };
/** The reconciler in a process of its own lives so much later, past the time in which it leaves new events alone. */
const LATER = "const now = Date.now; Date.now = () => now() + 600_000;";

export async function startCrashWorld(options: {
  readonly dynamodb: string;
  readonly suffix: string;
  /** The source text of a handler module; null for none. */
  readonly handler: string | null;
  readonly run: "in this process" | "in processes";
}): Promise<CrashWorld> {
  const { suffix, run } = options;
  const folder = mkdtempSync(join(tmpdir(), "strongroom-crash-"));
  const clock = run === "in this process" ? takeClock() : null;
  const [sqs, snsAndS3, secretsManager] = await Promise.all([
    startSqs({ now: realNow }),
    startSnsAndS3(),
    startSecretsManager(),
  ]);
  const [sns, s3] = [snsAndS3.endpoint, snsAndS3.endpoint];
  const endpoints: Endpoints = {
    dynamodb: options.dynamodb,
    sqs: sqs.endpoint,
    sns,
    s3,
    secretsManager: secretsManager.endpoint,
  };
  const proxy = await startFaultProxy(endpoints);
  const dynamodb = new DynamoDBClient(clientSettings(endpoints.dynamodb));
  const sqsClient = new SQSClient(clientSettings(endpoints.sqs));
  const sources = Array.from({ length: SOURCES }, (_, index) => `run-${index}`);
  for (const source of sources) secretsManager.put(`strongroom-${suffix}/${source}`, SECRET);
  const config = await compiledConfig(folder, configText(folder, sources, options.handler));
  const stack = await createStack({ dynamodb, sqs, snsAndS3, endpoints }, { suffix, through: proxy.endpoints, config });
  const open = run === "in this process" ? openHere : openApart;
  const functions = {
    receiver: await open("receiver", stack),
    processor: await open("processor", stack),
    archiver: await open("archiver", stack),
    reconciler: await open("reconciler", stack),
  };
  let taken = 0;
  return {
    stack,
    proxy,
    dynamodb,
    sqs: sqsClient,
    functions,
    source: () => sources[taken++] as string,
    isQueued: (eventId) => sqs.messages(stack.names.queue.url).some(({ body }) => body.includes(`"${eventId}"`)),
    now: () => (clock === null ? realNow() : Date.now()),
    advance(ms) {
      sqs.advance(ms);
      clock?.advance(ms);
    },
    async stop() {
      for (const one of Object.values(functions)) await one.stop();
      clock?.restore();
      dynamodb.destroy();
      sqsClient.destroy();
      await Promise.all([proxy.stop(), sqs.stop(), snsAndS3.stop(), secretsManager.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configText(folder: string, sources: readonly string[], handler: string | null): string {
  if (handler !== null) writeFileSync(join(folder, "handler.mjs"), handler);
  const processor = `{ retry: { maxAttempts: 3, base: "50ms", max: "100ms" }${handler === null ? "" : ", handler: ./handler.mjs"} }`;
  // The variable is not there, so the secret is the source's own in the secret store.
  const each = sources.map((source) => `  ${source}: { provider: stripe, secrets: ["\${env:NOT_SET_HERE}"] }`);
  return `log: { level: warn }\nprocessor: ${processor}\nsources:\n${each.join("\n")}\n`;
}

async function openHere(name: Role, { environment }: Stack): Promise<RunningFunction> {
  const opened = await openInProcess(() => loadBundle(name), { name, environment, timeoutMs: TIMEOUT_MS[name] });
  return { ...opened, kill: null };
}

function openApart(name: Role, { environment }: Stack): RunningFunction {
  const later =
    name === "reconciler" ? { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(LATER)}` } : {};
  return openFunctionProcess(bundleOf(name), {
    name,
    environment: { ...environment, ...later },
    timeoutMs: TIMEOUT_MS[name],
  });
}
