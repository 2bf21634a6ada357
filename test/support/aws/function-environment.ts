import { REGION } from "./client-settings.ts";

/** One function with what the deployment configures for it. */
export interface FunctionSettings {
  /** Its name, for its context and its log group. */
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds; 10 s unless given. */
  readonly timeoutMs?: number;
}

export const TIMEOUT_MS = 10_000;

/**
 * The whole environment of a function: what Lambda sets, and what the deployment gives.
 * Source: Lambda developer guide, "Defined runtime environment variables".
 */
export function functionEnvironment({ name, environment }: FunctionSettings): Readonly<Record<string, string>> {
  return {
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/02/[$LATEST]0123456789abcdef0123456789abcdef",
    AWS_REGION: REGION,
    // Where the tests run on an older Node than the function does, the SDK would say so among its log lines.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    _HANDLER: "index.handler",
    ...environment,
  };
}
