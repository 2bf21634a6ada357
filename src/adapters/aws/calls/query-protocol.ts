import { CallError } from "./call-error.ts";
import type { LightProtocol } from "./light-protocol.ts";
import { percentEncode } from "./percent-encode.ts";
import { childOf, parseXml, textOf, type XmlElement } from "./query-xml.ts";

/**
 * The AWS Query protocol as far as SNS's `Publish` and `PublishBatch` need it. Of an answer: `MessageId` and
 * `SequenceNumber`, and of a batch what was and what was not taken.
 * Source: SNS API Reference; Smithy 2.0, "AWS query protocol".
 */
export const SNS: LightProtocol = {
  request: (operation, input) => ({
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: [["Action", operation], ["Version", "2010-03-31"], ...parameters("", input)]
      .map(([name, value]) => `${percentEncode(name as string)}=${percentEncode(value as string)}`)
      .join("&"),
  }),
  output(operation, answer) {
    const root = parseXml(answer.text);
    const result = root?.name === `${operation}Response` ? childOf(root, `${operation}Result`) : undefined;
    if (result === undefined) throw new CallError("UnreadableAnswer", `HTTP ${answer.status} without a result.`);
    if (operation === "Publish") return published(result);
    return {
      Successful: members(result, "Successful").map((member) => ({ Id: textOf(member, "Id"), ...published(member) })),
      Failed: members(result, "Failed").map(failed),
    };
  },
  error(answer) {
    const root = parseXml(answer.text);
    const error = root === undefined ? undefined : childOf(root, "Error");
    const code = error && textOf(error, "Code");
    const message = error && textOf(error, "Message");
    return new CallError(
      code ? (NAMES.get(code) ?? code) : "UnreadableAnswer",
      message ?? `HTTP ${answer.status} without a message.`,
      { status: answer.status, date: answer.headers.date },
    );
  },
};

/** `A.member.1.B` for lists, `MessageAttributes.entry.1.Name` and `.Value` for the only map there is. */
function parameters(prefix: string, value: unknown): [string, string][] {
  if (value === undefined || value === null) return [];
  if (value instanceof Uint8Array) return [[prefix, Buffer.from(value).toString("base64")]];
  if (Array.isArray(value)) return value.flatMap((one, index) => parameters(`${prefix}.member.${index + 1}`, one));
  if (typeof value !== "object") return [[prefix, String(value)]];
  const entries = Object.entries(value);
  if (/(^|\.)MessageAttributes$/.test(prefix)) {
    return entries.flatMap(([name, attribute], index) => [
      [`${prefix}.entry.${index + 1}.Name`, name],
      ...parameters(`${prefix}.entry.${index + 1}.Value`, attribute),
    ]);
  }
  return entries.flatMap(([name, one]) => parameters(prefix === "" ? name : `${prefix}.${name}`, one));
}

function published(element: XmlElement): { MessageId: string; SequenceNumber?: string } {
  const id = textOf(element, "MessageId");
  const sequence = textOf(element, "SequenceNumber");
  if (id === undefined) throw new CallError("UnreadableAnswer", "A published message without an id.");
  return sequence === undefined ? { MessageId: id } : { MessageId: id, SequenceNumber: sequence };
}

function failed(element: XmlElement): object {
  const message = textOf(element, "Message");
  return {
    Id: textOf(element, "Id"),
    Code: textOf(element, "Code"),
    ...(message === undefined ? {} : { Message: message }),
    SenderFault: textOf(element, "SenderFault") === "true",
  };
}

function members(result: XmlElement, list: string): readonly XmlElement[] {
  return childOf(result, list)?.children.filter(({ name }) => name === "member") ?? [];
}

/** The codes of `Publish` and `PublishBatch` that the SDK names differently from the wire. Any other code is the name. */
const NAMES = new Map([
  ["ParameterValueInvalid", "InvalidParameterValueException"],
  ...[
    "AuthorizationError",
    "BatchEntryIdsNotDistinct",
    "BatchRequestTooLong",
    "EmptyBatchRequest",
    "EndpointDisabled",
    "InternalError",
    "InvalidBatchEntryId",
    "InvalidParameter",
    "InvalidSecurity",
    "KMSAccessDenied",
    "KMSDisabled",
    "KMSInvalidState",
    "KMSNotFound",
    "KMSThrottling",
    "NotFound",
    "PlatformApplicationDisabled",
    "Throttled",
    "TooManyEntriesInBatchRequest",
  ].map((code) => [code, `${code}Exception`] as const),
]);
