import type { APIGatewayProxyResult } from "aws-lambda";
import { apiGatewayEvent } from "../../support/aws/api-gateway-event.ts";
import type { AwsCall } from "../../support/aws/aws-call.ts";
import { FunctionError } from "../../support/aws/invocable.ts";
import { openSqsMapping } from "../../support/aws/sqs-mapping.ts";
import type { QueueName } from "../../support/aws/stack.ts";
import { SECRET, signStripe, stripeBody } from "../functions/stripe-delivery.ts";
import type { Step } from "./crash-script.ts";
import type { CrashWorld, Role, RunningFunction } from "./crash-world.ts";
import { armFault, type PlannedFault } from "./planned-fault.ts";
import { isOnItsWay } from "./read-outcome.ts";

export interface ScriptRun {
  readonly source: string;
  /** Calls that the functions made, in the order of arrival. */
  readonly calls: readonly AwsCall[];
  /** The function that made each of them. */
  readonly roles: readonly Role[];
  readonly struck: AwsCall | null;
  /** Deliveries that were never answered 200. */
  readonly unacknowledged: readonly string[];
  /** Events that were answered 200 when they were not stored, or had no way to the processor. */
  readonly hollow: readonly string[];
}

/** As often a provider sends what is not acknowledged. */
const PROVIDER_TRIES = 6;
/** Longer than the queue hides what was received, and than it remembers what was sent. */
const WHILE_HIDDEN_MS = 301_000;

/**
 * Runs a script with one fault on its way and what the provider and the queues do about it: what is not acknowledged is
 * sent again, what was not processed is handed out again.
 */
export async function runScript(
  world: CrashWorld,
  script: readonly Step[],
  planned: PlannedFault | null,
  { tries = PROVIDER_TRIES }: { readonly tries?: number } = {},
): Promise<ScriptRun> {
  const source = world.source();
  let running: RunningFunction | null = null;
  const fault = armFault(world.proxy, planned, () => running?.kill?.());
  const left = new Set<Promise<unknown>>();
  const roles: Role[] = [];
  const unacknowledged: string[] = [];
  const hollow: string[] = [];

  for (const step of script) {
    if (step.kind === "process") await drain(world, invoke);
    else await deliver(step.event);
  }
  await Promise.allSettled(left);
  const calls = [...world.proxy.calls()];
  world.proxy.plan(null);
  return { source, calls, roles, struck: fault.struck(), unacknowledged, hollow };

  async function deliver(event: Extract<Step, { kind: "deliver" }>["event"]): Promise<void> {
    const eventId = `${source}:${event.eventId}`;
    for (let n = 0; n < tries; n++) {
      if (n > 0) world.advance(60_000);
      const { headers, body } = signStripe(stripeBody(event), SECRET, world.now());
      const request = apiGatewayEvent({ path: `/webhooks/${source}`, headers, body });
      const answer = await invoke("receiver", request).catch(faultOfFunction);
      if (answer === null || (answer as APIGatewayProxyResult).statusCode !== 200) continue;
      if (!(await isOnItsWay(world, eventId))) hollow.push(eventId);
      return;
    }
    unacknowledged.push(eventId);
  }

  async function invoke(role: Role, event: unknown): Promise<unknown> {
    running = world.functions[role];
    const invocation = running.invoke(event);
    // One that was given up may still be at work.
    left.add(invocation);
    invocation.finally(() => left.delete(invocation)).catch(() => {});
    try {
      return await fault.during(invocation);
    } finally {
      while (roles.length < world.proxy.calls().length) roles.push(role);
    }
  }
}

/** What is left for AWS to repair by itself: the reconciler runs once, and then the queues are worked off. */
export async function recover(world: CrashWorld): Promise<void> {
  world.advance(WHILE_HIDDEN_MS);
  await world.functions.reconciler.invoke({});
  await drain(world, (role, event) => world.functions[role].invoke(event));
}

/** Works off the queue and the dead-letter queue, waiting for whatever is hidden. */
async function drain(
  { stack, sqs, functions, advance }: CrashWorld,
  invoke: (role: Role, event: unknown) => Promise<unknown>,
): Promise<void> {
  const mapping = (role: Role, queue: QueueName) =>
    openSqsMapping({ client: sqs, queue, target: { ...functions[role], invoke: (event) => invoke(role, event) } });
  const mappings = [mapping("processor", stack.names.queue), mapping("archiver", stack.names.deadLetterQueue)];
  const left = () =>
    [stack.queue(), stack.deadLetterQueue()].flatMap((counts) => Object.values(counts) as number[]).some(Boolean);
  do {
    for (const one of mappings) await one.drain({ whenAllWait: () => advance(WHILE_HIDDEN_MS) });
  } while (left());
}

function faultOfFunction(error: unknown): null {
  if (error instanceof FunctionError) return null;
  throw error;
}
