import { decodeAttributeValues, fromBase64, toJson } from "./attribute-values.ts";
import { CallError } from "./call-error.ts";
import type { Answer } from "./light-http.ts";
import type { LightProtocol } from "./light-protocol.ts";

/** AWS JSON 1.0 for DynamoDB. */
export const DYNAMODB = jsonProtocol({
  target: "DynamoDB_20120810",
  version: "1.0",
  finish: (output) => decodeAttributeValues(output),
});

/** AWS JSON 1.0 for SQS, which also has to say the error codes of its older protocol: the SDK names errors by them. */
export const SQS = jsonProtocol({ target: "AmazonSQS", version: "1.0", headers: { "x-amzn-query-mode": "true" } });

/** AWS JSON 1.1 for Secrets Manager. */
export const SECRETS_MANAGER = jsonProtocol({
  target: "secretsmanager",
  version: "1.1",
  finish(output) {
    const { CreatedDate: created, SecretBinary: binary } = output;
    if (typeof created === "number") output.CreatedDate = new Date(Math.round(created * 1_000));
    if (typeof binary === "string") output.SecretBinary = fromBase64(binary);
  },
});

interface JsonService {
  readonly target: string;
  readonly version: "1.0" | "1.1";
  readonly headers?: Readonly<Record<string, string>>;
  /** Changes the parsed answer, where JSON has no type for what the SDK gives. */
  readonly finish?: (output: Record<string, unknown>) => void;
}

/** Source: Smithy 2.0, "AWS JSON 1.0 protocol" and "AWS JSON 1.1 protocol". */
function jsonProtocol(service: JsonService): LightProtocol {
  return {
    request: (operation, input) => ({
      headers: {
        "content-type": `application/x-amz-json-${service.version}`,
        "x-amz-target": `${service.target}.${operation}`,
        ...service.headers,
      },
      body: toJson(input),
    }),
    output(_operation, answer) {
      const output = parsed(answer.text);
      if (output === null) throw new CallError("UnreadableAnswer", `HTTP ${answer.status} without a readable body.`);
      service.finish?.(output);
      return output;
    },
    error(answer) {
      const { status, headers } = answer;
      const body = parsed(answer.text) ?? {};
      const code = codeOf(answer, body);
      const message = body.message ?? body.Message;
      const error = new CallError(
        code ?? "UnreadableAnswer",
        typeof message === "string" ? message : `HTTP ${status} without a message.`,
        { status, date: headers.date },
      );
      // The item as it is, of a condition that did not hold.
      if (body.Item === undefined) return error;
      service.finish?.(body);
      return Object.assign(error, { Item: body.Item });
    },
  };
}

function parsed(text: string): Record<string, unknown> | null {
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    // The parser's own message would quote the answer.
    return null;
  }
}

/**
 * The code as the SDK names it: SQS's query code, except where that is the old name of an error that has a new one;
 * else the end of `__type`, else of the header.
 */
function codeOf({ headers }: Answer, body: Record<string, unknown>): string | undefined {
  const query = String(headers["x-amzn-query-error"] ?? "").split(";", 1)[0] as string;
  if (query !== "" && !RENAMED.test(query)) return query;
  const type = body.__type ?? body.code ?? headers["x-amzn-errortype"];
  if (typeof type !== "string") return query || undefined;
  return type.split(/[,:]/, 1)[0]?.split("#").at(-1) || undefined;
}

const RENAMED = /^(AWS\.SimpleQueueService|KMS)\./;
