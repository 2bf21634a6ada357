import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { SqsCalls, SqsOperations } from "./aws-calls.ts";
import { clientSettings, type SdkOptions, sdkCalls } from "./sdk-calls.ts";

/**
 * SQS through the SDK. The endpoint is the configured one, as for every other service: by itself the SDK would prefer
 * the host in the queue's URL to `AWS_ENDPOINT_URL`, and log a warning.
 */
export function openSqsCalls(options: SdkOptions = {}): SqsCalls {
  const client = new SQSClient({ ...clientSettings(options), useQueueUrlAsEndpoint: false });
  return sdkCalls<SqsOperations>({
    SendMessage: (input) => client.send(new SendMessageCommand(input)),
    ChangeMessageVisibilityBatch: (input) => client.send(new ChangeMessageVisibilityBatchCommand(input)),
    GetQueueAttributes: (input) => client.send(new GetQueueAttributesCommand(input)),
  });
}
