import type { DynamoDbCalls, SecretsManagerCalls, SnsCalls, SqsCalls } from "./aws-calls.ts";
import { endpointOf } from "./endpoint.ts";
import { DYNAMODB, SECRETS_MANAGER, SQS } from "./json-protocol.ts";
import { type HttpLimits, openPost } from "./light-http.ts";
import type { LightProtocol } from "./light-protocol.ts";
import { openRetry } from "./light-retry.ts";
import { SNS } from "./query-protocol.ts";
import { type AwsCredentials, signedHeaders } from "./sigv4.ts";

/** What the light client can call, by the service's name in signatures. */
export interface LightServices {
  readonly dynamodb: DynamoDbCalls;
  readonly sqs: SqsCalls;
  readonly secretsmanager: SecretsManagerCalls;
  readonly sns: SnsCalls;
}

export interface LightOptions<Service extends keyof LightServices> {
  readonly service: Service;
  readonly region: string;
  /** @default what the environment names, else AWS's endpoint for the region */
  readonly endpoint?: string;
  /** Asked at every try. */
  readonly credentials: () => AwsCredentials;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** @default a connection in 1 s, a try in 3 s, 8 MiB: eight times the largest page of DynamoDB */
  readonly limits?: Partial<HttpLimits>;
}

/**
 * Calls to one AWS service without the SDK, for a function whose cold start has to be short: it loads one module of
 * Node, where the SDK loads hundreds of kilobytes. Same inputs, outputs and error names, same retries; `$metadata`
 * holds the status and the request id. It does not look for credentials or settings outside the environment, and
 * binary keys inside DynamoDB's `ItemCollectionMetrics` stay base64.
 */
export function openLightCalls<Service extends keyof LightServices>(
  options: LightOptions<Service>,
): LightServices[Service] {
  const { service, region, env = process.env, now = Date.now } = options;
  const protocol = PROTOCOLS[service];
  const url = options.endpoint === undefined ? endpointOf(service, region, env) : new URL(options.endpoint);
  const post = openPost(url, { ...LIMITS, ...options.limits });
  const retry = openRetry({ now, pause, random: Math.random });

  const call = (operation: string, input: object): Promise<object> => {
    const { headers, body } = protocol.request(operation, input);
    return retry(async (time) => {
      const signer = { region, service, credentials: options.credentials(), time };
      const answer = await post({ ...signedHeaders({ url, headers, body }, signer), ...traceHeader(env) }, body);
      if (answer.status >= 300) throw protocol.error(answer);
      const requestId = answer.headers["x-amzn-requestid"];
      return Object.assign(protocol.output(operation, answer), {
        $metadata: { httpStatusCode: answer.status, ...(typeof requestId === "string" ? { requestId } : {}) },
      });
    });
  };
  // The wire has no types: that an output has its operation's shape is the service's promise.
  return (async (operation: string, input: object) => call(operation, input)) as LightServices[Service];
}

const PROTOCOLS: Readonly<Record<keyof LightServices, LightProtocol>> = {
  dynamodb: DYNAMODB,
  sqs: SQS,
  secretsmanager: SECRETS_MANAGER,
  sns: SNS,
};

const LIMITS: HttpLimits = { connectionMs: 1_000, requestMs: 3_000, answerBytes: 8 * 1024 * 1024 };

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The trace of the invocation goes on in the service, and Lambda can see a loop: as the SDK does in a function. */
function traceHeader(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const trace = env.AWS_LAMBDA_FUNCTION_NAME === undefined ? undefined : env._X_AMZN_TRACE_ID;
  return trace === undefined ? {} : { "x-amzn-trace-id": trace };
}
