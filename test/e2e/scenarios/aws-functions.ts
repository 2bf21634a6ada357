import { setTimeout as wait } from "node:timers/promises";
import type { FunctionSettings } from "../../support/aws/function-environment.ts";
import { openInProcess } from "../../support/aws/function-in-process.ts";
import { openFunctionProcess } from "../../support/aws/function-process.ts";
import type { Invocable } from "../../support/aws/invocable.ts";
import type { OperatorAws } from "../../support/aws/operator-aws.ts";
import { type Polling, startPolling } from "../../support/aws/polling.ts";
import { openSqsMapping } from "../../support/aws/sqs-mapping.ts";
import type { Stack } from "../../support/aws/stack.ts";
import { openStreamMapping } from "../../support/aws/stream-mapping.ts";

const NAMES = ["receiver", "processor", "archiver", "auditor", "reconciler"] as const;
export type FunctionName = (typeof NAMES)[number];

/** The functions of one stack as they are deployed, with what calls them. */
export interface StackFunctions {
  readonly receiver: Invocable;
  readonly reconciler: Invocable;
  /** What each has said so far, by its log group. */
  readonly logs: ReadonlyMap<string, () => readonly string[]>;
  stop(): Promise<void>;
}

let loads = 0;

/**
 * Opens the bundles anew. `mortal` functions run in a process of their own, the others in this one. A message that
 * waits for its visibility timeout is brought back at once, by the queues' clock.
 */
export async function openStackFunctions(
  aws: OperatorAws,
  stack: Stack,
  options: {
    readonly suffix: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly mortal: readonly FunctionName[];
  },
): Promise<StackFunctions> {
  const environment = { ...stack.environment, ...options.environment };
  const functions = {} as Record<FunctionName, Invocable>;
  for (const name of NAMES) functions[name] = await open(name);
  const { queue, deadLetterQueue, streamArn } = stack.names;
  const { sqs, streams } = aws.clients;
  const polls: Polling[] = [
    startPolling(pump(aws, openSqsMapping({ client: sqs, queue, target: functions.processor }), queue.url), 1),
    startPolling(seldom(openSqsMapping({ client: sqs, queue: deadLetterQueue, target: functions.archiver })), 1),
    startPolling(seldom(openStreamMapping({ client: streams, streamArn, target: functions.auditor })), 1),
  ];
  return {
    receiver: functions.receiver,
    reconciler: functions.reconciler,
    logs: new Map(NAMES.map((name) => [groupOf(name), () => functions[name].logs()])),
    async stop() {
      await Promise.all(polls.map((polling) => polling.stop()));
      // In the reverse order: each puts back the environment that it found.
      for (const name of NAMES.toReversed()) await functions[name].stop();
    },
  };

  function open(name: FunctionName): Invocable | Promise<Invocable> {
    const settings: FunctionSettings = { name: groupOf(name).slice("/aws/lambda/".length), environment };
    const entry = new URL(`../../../dist/lambda/${name}/index.mjs`, import.meta.url);
    if (options.mortal.includes(name)) return openFunctionProcess(entry, settings);
    loads++;
    // A module is loaded once for each address.
    const fresh = `${entry.href}?load=${loads}`;
    return openInProcess(() => import(fresh), settings);
  }

  function groupOf(name: FunctionName): string {
    return `/aws/lambda/webhook-${name === "auditor" ? "audit" : name}-${options.suffix}`;
  }
}

/** Polls, and when everything left is in flight while nothing runs, lets the time pass until the first comes back. */
function pump({ sqs }: OperatorAws, mapping: { poll(): Promise<number> }, queueUrl: string): () => Promise<number> {
  return async () => {
    const received = await mapping.poll();
    const left = sqs.messages(queueUrl);
    if (received > 0 || left.length === 0 || left.some(({ state }) => state === "visible")) return received;
    sqs.advance(MOMENT_MS);
    return 0;
  };
}

/** Rests a while when there is nothing: most of the time there is nothing, and every look costs the scenarios' own CPU. */
function seldom(mapping: { poll(): Promise<number> }): () => Promise<number> {
  return async () => {
    const received = await mapping.poll();
    if (received === 0) await wait(SELDOM_MS);
    return received;
  };
}

const SELDOM_MS = 80;

/** A function's own visibility timeouts are of seconds, the queue's of minutes. */
const MOMENT_MS = 60_000;
