import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AttributeValue, paginateScan } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll } from "vitest";
import { stringify } from "yaml";
import type * as StackModule from "../../../src/entrypoints/stack/stack.ts";
import { type RunningApiGateway, startApiGateway } from "../../support/aws/api-gateway.ts";
import { outputsOf } from "../../support/aws/cloudformation.ts";
import type { OperatorAws } from "../../support/aws/operator-aws.ts";
import type { Stack } from "../../support/aws/stack.ts";
import { type FunctionName, openStackFunctions, type StackFunctions } from "./aws-functions.ts";
import type { Deployment, SeenAlert } from "./deployment.ts";
import { createSender, readAnswer } from "./sender.ts";
import { everySource, SECRETS } from "./sources.ts";

/** The functions' bundles on emulators, operated over the admin API of `--stack`. */
export interface AwsDeployment extends Deployment {
  /** Where the handler and its own files are. */
  readonly folder: string;
  readonly stackName: string;
  /** Everything that was written anywhere: items, messages, announcements, objects, log lines, by its place. */
  written(): Promise<ReadonlyMap<string, Buffer>>;
  reconcile(): Promise<unknown>;
  restart(): Promise<void>;
}

export interface AwsNeeds {
  /** Part of every name. */
  readonly suffix: string;
  /** Source text of the handler module. Its environment has `FOLDER`. */
  readonly handler?: string;
  readonly config?: { readonly processor?: object };
  /** Functions that have to run in a process of their own. */
  readonly mortal?: readonly FunctionName[];
}

/** One deployment for all scenarios of a group, there from the first to the last of them. */
export function awsDeployment(aws: () => OperatorAws, needs: AwsNeeds): () => AwsDeployment {
  let folder: string;
  let deployment: (AwsDeployment & { stop(): Promise<void> }) | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "strongroom-aws-"));
    deployment = await openDeployment(aws(), folder, needs);
  });
  afterAll(async () => {
    await deployment?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    if (deployment === undefined) throw new Error("the deployment is there only while its scenarios run");
    return deployment;
  };
}

async function openDeployment(aws: OperatorAws, folder: string, needs: AwsNeeds) {
  const { suffix } = needs;
  const own = join(folder, "own");
  mkdirSync(own);
  const { config, known } = everySource(own);
  const file = writeConfig(folder, own, config, needs);
  const stack = await aws.createStack({ suffix, config: file });
  keepSecrets(aws, stack.environment.SECRETS_PREFIX ?? "");
  const stackName = `strongroom-${suffix}`;
  aws.cloudFormation.put(stackName, outputsOf(stack, suffix));
  const opened: StackFunctions[] = [];
  const open = async (): Promise<StackFunctions> => {
    const functions = await openStackFunctions(aws, stack, {
      suffix,
      environment: { FOLDER: own },
      mortal: needs.mortal ?? [],
    });
    opened.push(functions);
    return functions;
  };
  let running = await open();
  const linesOf = (group: string) => opened.flatMap(({ logs }) => logs.get(group)?.() ?? []);
  for (const group of running.logs.keys()) aws.logs.put(group, () => linesOf(group));
  const gateway: RunningApiGateway = await startApiGateway(() => running.receiver);
  const admin = await openAdmin(aws, stackName);

  return {
    folder: own,
    stackName,
    ingestUrl: gateway.url,
    ...createSender(() => gateway.url, known),
    async api(method, path, body) {
      const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const answer = await admin.fetch(new Request(`http://localhost${path}`, init));
      if (answer.kind === "fault") throw new Error(`${method} ${path}: ${answer.fault.message}`);
      return readAnswer(answer.response);
    },
    alerts: async () => (await stack.alerts()) as readonly SeenAlert[],
    archive: () => stack.archive(),
    reconcile: () => running.reconciler.invoke({}),
    async restart() {
      await running.stop();
      running = await open();
    },
    async written() {
      const lines = [...running.logs.keys()].map((group) => [group, Buffer.from(linesOf(group).join("\n"))] as const);
      return new Map([...lines, ...(await keptBy(aws, stack))]);
    },
    async stop() {
      await gateway.stop();
      await running.stop();
    },
  } satisfies AwsDeployment & { stop(): Promise<void> };
}

/** The same sources as anywhere; one names its secret in Secrets Manager itself. */
function writeConfig(
  folder: string,
  own: string,
  sources: Readonly<Record<string, object>>,
  { handler, config }: AwsNeeds,
): string {
  const module = join(own, "handler.mjs");
  if (handler !== undefined) writeFileSync(module, handler);
  const processor = { ...config?.processor, ...(handler === undefined ? {} : { handler: module }) };
  const square = { ...sources.square, secrets: ["${aws-sm:square-key#signature}"] };
  const file = join(folder, "strongroom.yaml");
  writeFileSync(file, stringify({ version: 1, sources: { ...sources, square }, processor }));
  return file;
}

/** The functions have none of the variables that the configuration names, so each source's secret is under its name. */
function keepSecrets({ secretsManager }: OperatorAws, prefix: string): void {
  secretsManager.put(`${prefix}stripe`, SECRETS.STRIPE_SECRET);
  secretsManager.put(`${prefix}adyen`, SECRETS.ADYEN_SECRET);
  secretsManager.put(`${prefix}generic`, SECRETS.GENERIC_SECRET);
  secretsManager.put(`${prefix}standard`, SECRETS.STANDARD_SECRET);
  secretsManager.put(`${prefix}square-key`, JSON.stringify({ signature: SECRETS.SQUARE_SECRET }));
}

async function openAdmin({ environment }: OperatorAws, stackName: string): Promise<StackModule.Stack> {
  Object.assign(process.env, environment);
  const bundle = new URL("../../../dist/stack/index.mjs", import.meta.url).href;
  const { openStack } = (await import(bundle)) as typeof StackModule;
  const opening = await openStack(stackName);
  if (opening.kind === "fault") throw new Error(opening.fault.message);
  return opening.stack;
}

async function keptBy({ clients, sqs }: OperatorAws, stack: Stack): Promise<Map<string, Buffer>> {
  const { names } = stack;
  const kept = new Map<string, Buffer>();
  for (const table of [names.eventsTable, names.transactionsTable]) {
    for await (const { Items = [] } of paginateScan({ client: clients.dynamodb }, { TableName: table })) {
      for (const item of Items) kept.set(`${table} ${kept.size}`, bytesOf(item));
    }
  }
  for (const { url } of [names.queue, names.deadLetterQueue]) {
    for (const { messageId, body } of sqs.messages(url)) kept.set(`${url} ${messageId}`, Buffer.from(body));
  }
  kept.set("results", Buffer.from(JSON.stringify(await stack.published())));
  kept.set("alerts", Buffer.from(JSON.stringify(await stack.alerts())));
  for (const [key, object] of await stack.archive()) kept.set(key, Buffer.from(object));
  return kept;
}

/** Texts as JSON, bytes as they are. */
function bytesOf(item: Readonly<Record<string, AttributeValue>>): Buffer {
  const binary = Object.values(item).flatMap(({ B }) => (B === undefined ? [] : [B]));
  return Buffer.concat([Buffer.from(JSON.stringify(item)), ...binary]);
}
