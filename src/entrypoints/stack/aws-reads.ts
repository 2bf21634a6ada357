import {
  CloudFormationClient,
  DescribeStacksCommand,
  type DescribeStacksCommandOutput,
} from "@aws-sdk/client-cloudformation";
import type { FilterLogEventsCommandInput, FilterLogEventsCommandOutput } from "@aws-sdk/client-cloudwatch-logs";
import { clientSettings } from "../../adapters/aws/calls/sdk-calls.ts";

export type DescribeStack = (name: string) => Promise<DescribeStacksCommandOutput>;
export type FilterLogEvents = (input: FilterLogEventsCommandInput) => Promise<FilterLogEventsCommandOutput>;

/** A search through a large group takes longer than other calls, and nothing waits behind it. */
const SEARCH_MS = 30_000;

export function openCloudFormationCalls(): DescribeStack {
  const client = new CloudFormationClient(clientSettings({}));
  return (StackName) => client.send(new DescribeStacksCommand({ StackName }));
}

/** The client is loaded with the first call: most commands read no log. */
export function openCloudWatchLogsCalls(): FilterLogEvents {
  let opening: Promise<FilterLogEvents> | null = null;
  return async (input) => {
    opening ??= open();
    return (await opening)(input);
  };

  async function open(): Promise<FilterLogEvents> {
    const { CloudWatchLogsClient, FilterLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    const client = new CloudWatchLogsClient(clientSettings({}, SEARCH_MS));
    return (input) => client.send(new FilterLogEventsCommand(input));
  }
}
