import type { Context } from "aws-lambda";
import type { SnsCalls } from "../../adapters/aws/calls/aws-calls.ts";
import { optional, VARIABLES } from "../../adapters/aws/environment.ts";
import { openTopicAlerts, type TopicAlerts } from "../../adapters/aws/sns/alerts.ts";
import { type EmfMetrics, openEmfMetrics } from "../../adapters/aws/telemetry/emf-metrics.ts";
import { type FunctionLog, openFunctionLog } from "../../adapters/aws/telemetry/function-log.ts";
import type { LogLevel } from "../../config/config.ts";
import { redactText } from "../../pipeline/redact.ts";
import type { Clock } from "../../ports/clock.ts";
import { systemClock } from "../clock.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every function has. */
export interface FunctionBase {
  readonly env: Environment;
  readonly log: FunctionLog;
  readonly metrics: EmfMetrics;
  readonly alerts: TopicAlerts;
  readonly clock: Clock;
  /** Milliseconds until Lambda ends the invocation that runs. */
  readonly remainingMs: () => number;
}

export interface FunctionParts<Config extends { readonly log: { readonly level: LogLevel } } | null, Event, Answer> {
  readonly load: (env: Environment) => Promise<Config>;
  /** Null for a function that raises no alerts. */
  readonly sns: ((env: Environment) => SnsCalls) | null;
  /** Once per execution environment. */
  readonly open: (config: Config, base: FunctionBase) => (event: Event, requestId: string) => Promise<Answer>;
  /** The answer while the function cannot be opened; without it the invocation fails. */
  readonly closed?: (event: Event) => Answer;
}

/**
 * A Lambda handler: opened at the first use, or, where the environment is there already, while Lambda still lends the
 * whole processor to the start. Metrics and alerts are out before the answer, because the process may be frozen after it.
 */
export function openFunction<Config extends { readonly log: { readonly level: LogLevel } } | null, Event, Answer>(
  parts: FunctionParts<Config, Event, Answer>,
): (event: Event, context: Context) => Promise<Answer> {
  let remainingMs = () => Number.POSITIVE_INFINITY;
  let opening: ReturnType<typeof open> | null = null;
  const opened = () => {
    opening ??= open().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  };
  if (process.env[VARIABLES.config]) opened().catch(() => {});

  return async (event, context) => {
    remainingMs = () => context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
    const requestId = context?.awsRequestId ?? "unknown";
    try {
      const { log, metrics, alerts, run } = await opened();
      log.begin(requestId);
      try {
        return await run(event, requestId);
      } finally {
        await alerts.flush();
        metrics.flush();
      }
    } catch (error) {
      if (opening !== null) throw error;
      logOf(process.env, "error").error({ requestId, error: (error as Error).message }, "the function cannot start");
      if (parts.closed === undefined) throw error;
      return parts.closed(event);
    }
  };

  async function open() {
    const env = { ...process.env };
    const config = await parts.load(env);
    const log = logOf(env, config?.log.level ?? "info");
    const metrics = openEmfMetrics({
      clock: systemClock,
      // So that two deployments in one account do not count together.
      dimensions: env.ENVIRONMENT ? { deployment: env.ENVIRONMENT } : {},
      onRejected: ({ source, requestId, status, code, reason, bodyBytes }) =>
        log.warn({ source, requestId, status, code, reason, bodyBytes }, "refused"),
    });
    const alerts =
      parts.sns === null
        ? { raise: () => {}, tell: async () => {}, flush: async () => {} }
        : openTopicAlerts({
            sns: parts.sns(env),
            topicArn: optional(env, "alertsTopicArn"),
            log,
            clock: systemClock,
          });
    const base = { env, log, metrics, alerts, clock: systemClock, remainingMs: () => remainingMs() };
    return { log, metrics, alerts, run: parts.open(config, base) };
  }
}

function logOf(env: Environment, level: LogLevel): FunctionLog {
  return openFunctionLog({
    functionName: env.AWS_LAMBDA_FUNCTION_NAME ?? "strongroom",
    level,
    clock: systemClock,
    redact: redactText,
    trace,
  });
}

/** The X-Ray header of the invocation that runs; Lambda sets it anew each time. */
export function trace(): string | undefined {
  return process.env._X_AMZN_TRACE_ID;
}

export function regionOf(env: Environment): string {
  return env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? "us-east-1";
}
