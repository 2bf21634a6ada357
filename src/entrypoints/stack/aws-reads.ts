import {
  CloudFormationClient,
  DescribeStacksCommand,
  type DescribeStacksCommandOutput,
} from "@aws-sdk/client-cloudformation";
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  type FilterLogEventsCommandOutput,
} from "@aws-sdk/client-cloudwatch-logs";
import { clientSettings } from "../../adapters/aws/calls/sdk-calls.ts";

export type DescribeStack = (name: string) => Promise<DescribeStacksCommandOutput>;
export type FilterLogEvents = (input: FilterLogEventsCommandInput) => Promise<FilterLogEventsCommandOutput>;

/** A search through a large group takes longer than other calls, and nothing waits behind it. */
const SEARCH_MS = 30_000;

export function openCloudFormationCalls(): DescribeStack {
  const client = new CloudFormationClient(clientSettings({}));
  return (StackName) => client.send(new DescribeStacksCommand({ StackName }));
}

export function openCloudWatchLogsCalls(): FilterLogEvents {
  const client = new CloudWatchLogsClient(clientSettings({}, SEARCH_MS));
  return (input) => client.send(new FilterLogEventsCommand(input));
}
