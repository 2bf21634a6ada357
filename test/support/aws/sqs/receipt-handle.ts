import { SqsError } from "./sqs-error.ts";

/** Names one receive of one message in one queue. */
export interface Receipt {
  readonly queueArn: string;
  readonly messageId: string;
  readonly nonce: string;
}

export function writeHandle({ queueArn, messageId, nonce }: Receipt): string {
  return Buffer.from(`${queueArn} ${messageId} ${nonce}`).toString("base64");
}

/** Throws `ReceiptHandleIsInvalid` for anything that this queue never gave out. */
export function readHandle(handle: string, queueArn: string): Receipt {
  const [arn, messageId, nonce] = Buffer.from(handle, "base64").toString().split(" ");
  if (arn !== queueArn || messageId === undefined || nonce === undefined) {
    throw new SqsError("ReceiptHandleIsInvalid", `The input receipt handle "${handle}" is not a valid receipt handle.`);
  }
  return { queueArn, messageId, nonce };
}
