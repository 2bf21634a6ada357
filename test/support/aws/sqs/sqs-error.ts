/** A refusal, by the name that the SDK gives the error. */
export class SqsError extends Error {
  override readonly name: SqsErrorName;

  constructor(name: SqsErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

export type SqsErrorName = keyof typeof ERRORS;

/**
 * The value of a parameter is refused. Source: SQS API reference, "Common errors"; SQS developer guide,
 * "InvalidParameterValue and ReceiptHandleIsInvalid errors".
 */
export function invalidValue(parameter: string, value: unknown, reason: string): SqsError {
  return new SqsError(
    "InvalidParameterValue",
    `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`,
  );
}

/** The value of a parameter that has to be there. */
export function needed<Value>(value: Value | undefined, parameter: string): Value {
  if (value === undefined || value === "") {
    throw new SqsError("MissingParameter", `The request must contain the parameter ${parameter}.`);
  }
  return value;
}

/** How an error travels: status, `__type` and, for a client that asked for it, the code of the older protocol. */
export function wireForm(error: SqsError): { readonly status: number; readonly type: string; readonly query: string } {
  const { status = 400, query = error.name, type = `com.amazonaws.sqs#${error.name}` }: ErrorForm = ERRORS[error.name];
  return { status, type, query: `${query};Sender` };
}

interface ErrorForm {
  readonly status?: number;
  readonly query?: string;
  readonly type?: string;
}

/** Source: the service's Smithy model (traits `httpError` and `awsQueryError`). */
const ERRORS = {
  BatchEntryIdsNotDistinct: { query: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct" },
  BatchRequestTooLong: { query: "AWS.SimpleQueueService.BatchRequestTooLong" },
  EmptyBatchRequest: { query: "AWS.SimpleQueueService.EmptyBatchRequest" },
  InvalidAction: { type: "com.amazon.coral.service#UnknownOperationException" },
  InvalidAttributeName: {},
  InvalidAttributeValue: {},
  InvalidBatchEntryId: { query: "AWS.SimpleQueueService.InvalidBatchEntryId" },
  InvalidMessageContents: {},
  InvalidParameterValue: { type: "com.amazon.coral.service#InvalidParameterValueException" },
  MessageNotInflight: { query: "AWS.SimpleQueueService.MessageNotInflight" },
  MissingParameter: { type: "com.amazon.coral.service#MissingRequiredParameterException" },
  PurgeQueueInProgress: { query: "AWS.SimpleQueueService.PurgeQueueInProgress", status: 403 },
  QueueDoesNotExist: { query: "AWS.SimpleQueueService.NonExistentQueue" },
  QueueNameExists: { query: "QueueAlreadyExists" },
  ReceiptHandleIsInvalid: { status: 404 },
  ResourceNotFoundException: { status: 404 },
  TooManyEntriesInBatchRequest: { query: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest" },
} as const satisfies Readonly<Record<string, ErrorForm>>;
