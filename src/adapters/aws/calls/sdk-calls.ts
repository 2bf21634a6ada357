import type { AwsCalls, Shapes } from "./aws-calls.ts";

/** Where the SDK's clients call. What is absent comes from the environment and the AWS configuration files. */
export interface SdkOptions {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** One function for each operation of a service, in place of the SDK's command classes. */
export type OperationTable<Operations extends Shapes<Operations>> = {
  readonly [Operation in keyof Operations]: (
    input: Operations[Operation]["input"],
  ) => Promise<Operations[Operation]["output"]>;
};

/**
 * Calls through the SDK. An error has the name that the SDK gives it and the first line of its message: what follows
 * can quote the signed request, session token included.
 */
export function sdkCalls<Operations extends Shapes<Operations>>(
  table: OperationTable<Operations>,
): AwsCalls<Operations> {
  return async (operation, input) => {
    try {
      return await table[operation](input);
    } catch (error) {
      throw asCallError(error);
    }
  };
}

/**
 * The settings that every client has. Three attempts ride out a lost connection or one throttled moment and still end
 * before a function does. A connection inside a region takes a few milliseconds, so a second without one means that
 * there will be none. `requestTimeout` alone would only log a warning, and ends with the answer's headers:
 * `throwOnRequestTimeout` makes it an error, `socketTimeout` covers a body that stops. Connections are kept alive by
 * default.
 */
export function clientSettings(options: SdkOptions, requestMs = 3_000) {
  return {
    ...options,
    maxAttempts: 3,
    retryMode: "standard",
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: requestMs,
      socketTimeout: requestMs,
      throwOnRequestTimeout: true,
    },
  };
}

function asCallError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  // The parser's message quotes the answer, which can be an item; and its name would say that our input is wrong.
  if (error instanceof SyntaxError) {
    return Object.assign(new Error("The answer is not what the service's protocol says."), {
      name: "UnreadableAnswer",
    });
  }
  error.message = error.message.split("\n", 1)[0] ?? "";
  return error;
}
