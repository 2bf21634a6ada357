import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import { REGION } from "./client-settings.ts";

/**
 * What Lambda hands to a function beside the event; `deadline` is on `Date.now()`'s scale.
 * Source: Lambda developer guide, "Using the Lambda context object to retrieve Node.js function information".
 */
export function lambdaContext(functionName: string, deadline: number, awsRequestId: string = randomUUID()): Context {
  const obsolete = () => {
    throw new Error("Functions for callbacks are not there: Node.js 24 and later run async handlers only.");
  };
  return {
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:${REGION}:000000000000:function:${functionName}`,
    memoryLimitInMB: "512",
    awsRequestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "2026/01/02/[$LATEST]0123456789abcdef0123456789abcdef",
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: obsolete,
    fail: obsolete,
    succeed: obsolete,
  };
}
