import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Stack } from "./stack.ts";

/** AWS CloudFormation for tests, on loopback: `DescribeStacks` of one stack by its name, with its outputs. */
export interface RunningCloudFormation {
  readonly endpoint: string;
  put(stackName: string, outputs: Readonly<Record<string, string>>): void;
  /** What was put under this name. */
  outputs(stackName: string): Readonly<Record<string, string>>;
  /** From now on every request is refused with this error; null ends it. */
  refuse(error: { readonly code: string; readonly message: string } | null): void;
  stop(): Promise<void>;
}

/**
 * Speaks the AWS query protocol.
 * Source: CloudFormation API reference, DescribeStacks, and Smithy 2.0, "AWS query protocol".
 */
export async function startCloudFormation(): Promise<RunningCloudFormation> {
  const stacks = new Map<string, Readonly<Record<string, string>>>();
  let refusal: { readonly code: string; readonly message: string } | null = null;
  const server = createServer(async (request, response) => {
    const asked = new URLSearchParams(await text(request));
    const name = asked.get("StackName") ?? "";
    const outputs = stacks.get(name);
    const missing = { code: "ValidationError", message: `Stack with id ${name} does not exist` };
    const error = refusal ?? (outputs === undefined ? missing : null);
    response.writeHead(error === null ? 200 : 400, { "content-type": "text/xml" });
    response.end(error === null ? described(name, outputs ?? {}) : refused(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    put: (stackName, outputs) => void stacks.set(stackName, outputs),
    outputs: (stackName) => stacks.get(stackName) ?? {},
    refuse(error) {
      refusal = error;
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The outputs that a deployment has for whoever operates it. */
export function outputsOf({ names }: Stack, suffix: string): Readonly<Record<string, string>> {
  return {
    EnvironmentSuffix: suffix,
    EventsTableName: names.eventsTable,
    TransactionsTableName: names.transactionsTable,
    QueueUrl: names.queue.url,
    DeadLetterQueueUrl: names.deadLetterQueue.url,
    ArchiveBucketName: names.archiveBucket,
    ResultsTopicArn: names.resultsTopicArn,
    AlertsTopicArn: names.alertsTopicArn,
  };
}

function described(name: string, outputs: Readonly<Record<string, string>>): string {
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${escaped(key)}</OutputKey><OutputValue>${escaped(value)}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>
    <StackName>${escaped(name)}</StackName><CreationTime>2026-01-02T03:04:05.678Z</CreationTime>
    <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join("")}</Outputs>
  </member></Stacks></DescribeStacksResult>${META}</DescribeStacksResponse>`;
}

function refused({ code, message }: { readonly code: string; readonly message: string }): string {
  return `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>
    <Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
}

const META = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;

function escaped(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
