import { afterAll, beforeAll } from "vitest";
import { CREDENTIALS, REGION } from "./client-settings.ts";
import { type RunningCloudFormation, startCloudFormation } from "./cloudformation.ts";
import { type RunningCloudWatchLogs, startCloudWatchLogs } from "./cloudwatch-logs.ts";
import { type LocalAws, startLocalAws } from "./local-aws.ts";

/** Everything of AWS that the functions and whoever operates them call, on loopback. */
export interface OperatorAws extends LocalAws {
  readonly cloudFormation: RunningCloudFormation;
  readonly logs: RunningCloudWatchLogs;
  /** The environment of somebody who has credentials for it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** There from the first to the last test of a file, or of a group of tests. */
export function operatorAws(): () => OperatorAws {
  let running: OperatorAws | undefined;
  beforeAll(async () => {
    const [local, cloudFormation, logs] = await Promise.all([
      startLocalAws(),
      startCloudFormation(),
      startCloudWatchLogs(),
    ]);
    running = { ...local, cloudFormation, logs, environment: environmentOf(local, cloudFormation, logs) };
  });
  afterAll(async () => {
    await Promise.all([running?.stop(), running?.cloudFormation.stop(), running?.logs.stop()]);
  });
  return () => {
    if (running === undefined) throw new Error("the emulators run only while tests do");
    return running;
  };
}

function environmentOf({ endpoints }: LocalAws, cloudFormation: RunningCloudFormation, logs: RunningCloudWatchLogs) {
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.endpoint,
  };
}
