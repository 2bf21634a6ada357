import { randomUUID } from "node:crypto";
import type { Service } from "./aws-call.ts";

export type ServiceErrorKind = "throttled" | "unavailable";

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * An error of the service itself, in the form in which its clients know it.
 * Source: the API references of the services, "Common errors" and, for S3, "Error responses".
 */
export function serviceError(service: Service, kind: ServiceErrorKind): WireAnswer {
  const { status, code } = ERRORS[service][kind];
  const message = "The service gave this error because a test asked for it.";
  const requestId = randomUUID();
  switch (service) {
    case "s3": {
      const body = `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`;
      return {
        status,
        headers: { "content-type": "application/xml", "x-amz-request-id": requestId },
        body: Buffer.from(body),
      };
    }
    case "sns": {
      const type = status < 500 ? "Sender" : "Receiver";
      const error = `<Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
      const body = `<ErrorResponse>${error}<RequestId>${requestId}</RequestId></ErrorResponse>`;
      return {
        status,
        headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
        body: Buffer.from(body),
      };
    }
    default: {
      const version = service === "secretsManager" ? "1.1" : "1.0";
      const headers = { "content-type": `application/x-amz-json-${version}`, "x-amzn-requestid": requestId };
      return { status, headers, body: Buffer.from(JSON.stringify({ __type: code, message })) };
    }
  }
}

const ERRORS = {
  dynamodb: {
    throttled: { status: 400, code: "com.amazonaws.dynamodb.v20120810#ThrottlingException" },
    unavailable: { status: 500, code: "com.amazonaws.dynamodb.v20120810#InternalServerError" },
  },
  sqs: {
    throttled: { status: 400, code: "com.amazonaws.sqs#RequestThrottled" },
    unavailable: { status: 503, code: "com.amazon.coral.availability#ServiceUnavailableException" },
  },
  sns: {
    throttled: { status: 429, code: "Throttled" },
    unavailable: { status: 500, code: "InternalError" },
  },
  s3: {
    throttled: { status: 503, code: "SlowDown" },
    unavailable: { status: 500, code: "InternalError" },
  },
  secretsManager: {
    throttled: { status: 400, code: "ThrottlingException" },
    unavailable: { status: 500, code: "InternalServiceError" },
  },
} as const satisfies Readonly<Record<Service, Readonly<Record<ServiceErrorKind, object>>>>;
