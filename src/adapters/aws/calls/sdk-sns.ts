import { PublishBatchCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { SnsCalls, SnsOperations } from "./aws-calls.ts";
import { clientSettings, type SdkOptions, sdkCalls } from "./sdk-calls.ts";

/** SNS through the SDK. */
export function openSnsCalls(options: SdkOptions = {}): SnsCalls {
  const client = new SNSClient(clientSettings(options));
  return sdkCalls<SnsOperations>({
    Publish: (input) => client.send(new PublishCommand(input)),
    PublishBatch: (input) => client.send(new PublishBatchCommand(input)),
  });
}
