/** JSON Schemas of what the API answers, for its own description. */
export const SCHEMAS = {
  Event: object(
    {
      eventId: string("{source}:{provider event id}"),
      source: string(),
      provider: string(),
      providerEventId: string(),
      type: string("In the inbox's own vocabulary."),
      providerType: string("In the provider's."),
      kind: choice("payment", "refund", "dispute", "other"),
      transactionId: nullable(string("{source}:{payment id}")),
      status: choice("received", "processed", "quarantined", "dead"),
      effect: nullable(choice("applied", "stale", "none")),
      statusFrom: nullable(string("The transaction's status before.")),
      statusTo: nullable(string("The transaction's status after.")),
      reason: nullable(string("Why it is quarantined or dead.")),
      receivedAt: time(),
      occurredAt: nullable(time()),
      processedAt: nullable(time()),
      deadAt: nullable(time()),
      amountMinor: nullable(string("Minor units, a whole number in decimal.")),
      currency: nullable(string("ISO 4217.")),
      refundId: nullable(string()),
      disputeId: nullable(string()),
      attempts: list({ $ref: "#/components/schemas/Attempt" }),
      copies: integer("Deliveries of this event, the first included."),
      bodySha256: string("Of the body as it arrived, lower-case hex."),
      bodyBytes: integer("Of the body as it arrived."),
      redacted: { type: "boolean" },
      headers: { type: "object", additionalProperties: { type: "string" } },
      payload: { description: "The redacted body: JSON as it is, anything else as a string, null once removed." },
    },
    "What the inbox knows of one event.",
  ),
  Attempt: object({
    n: integer("Counts from 1."),
    startedAt: time(),
    endedAt: nullable(time()),
    outcome: nullable(choice("succeeded", "failed", "interrupted")),
    error: nullable(string()),
  }),
  EventPage: page({ $ref: "#/components/schemas/Event" }),
  TransactionState: object({
    transactionId: string(),
    provider: string(),
    status: string(),
    amountMinor: nullable(string("Minor units, a whole number in decimal.")),
    refundedMinor: string("Minor units, a whole number in decimal."),
    currency: nullable(string("ISO 4217.")),
    updatedAt: time(),
    lastEventAt: nullable(time()),
  }),
  Transaction: {
    allOf: [
      { $ref: "#/components/schemas/TransactionState" },
      object({ history: list({ $ref: "#/components/schemas/HistoryEntry" }) }),
    ],
  },
  HistoryEntry: object({
    eventId: string(),
    type: string(),
    occurredAt: nullable(time()),
    appliedAt: time(),
    from: nullable(string("Status before.")),
    to: nullable(string("Status after.")),
    effect: choice("applied", "stale", "none"),
  }),
  TransactionPage: page({ $ref: "#/components/schemas/TransactionState" }),
  Queued: {
    type: "object",
    properties: {
      queued: list(string("Event id.")),
      alreadyQueued: list(string("Event id.")),
      wouldQueue: list(string("Event id; instead of the others when dryRun=true, with status 200.")),
      more: { type: "boolean", description: "Whether more events match than one call takes." },
    },
  },
  Destination: object({
    name: string(),
    url: string("Without user name, password, query and fragment."),
    format: choice("standard", "original"),
    events: nullable(list(string("Type, or a prefix that ends in *."))),
    sources: nullable(list(string())),
    pending: integer("Announcements that it has not confirmed yet."),
    oldestPendingAt: nullable(time()),
    paused: { type: "boolean" },
    circuit: choice("closed", "open", "half_open"),
    lastDeliveredAt: nullable(time()),
    lastError: nullable(string("Of the last request that failed.")),
    delivered: integer("Requests that succeeded, ever."),
    failed: integer("Requests that failed, ever."),
    abandoned: integer("Announcements that are no longer tried."),
  }),
  DestinationPage: page({ $ref: "#/components/schemas/Destination" }),
  Rejection: object({
    at: time(),
    source: string(),
    requestId: string("As the sender was told."),
    status: integer("HTTP status."),
    code: string("As the sender was told."),
    reason: string("What exactly was wrong."),
    remoteAddress: nullable(string()),
    bodyBytes: nullable(integer()),
  }),
  RejectionPage: page({ $ref: "#/components/schemas/Rejection" }),
  AuditRecord: {
    allOf: [
      object(
        {
          seq: integer(
            "Counts from 1 without a gap. On AWS: when it was written, in microseconds since 1970; it rises.",
          ),
          at: time(),
          actor: string(),
          action: string(),
          target: string(),
          outcome: string(),
          prevHash: nullable(string("Null on AWS, where the audit is a log and no chain.")),
          hash: nullable(string("Null on AWS.")),
        },
        "One change and who made it.",
      ),
      {
        type: "object",
        properties: { changed: list(string("Name of an attribute that changed; on AWS only.")) },
      },
    ],
  },
  AuditPage: page({ $ref: "#/components/schemas/AuditRecord" }),
  Stats: object({
    windowMs: integer(),
    stepMs: integer(),
    now: object({ backlog: integer(), oldestPendingSeconds: { type: "number" }, deadLetters: integer() }),
    totals: { $ref: "#/components/schemas/StatsCounts" },
    points: list({ allOf: [{ $ref: "#/components/schemas/StatsCounts" }, object({ at: time() })] }),
  }),
  StatsCounts: object({
    accepted: integer(),
    duplicate: integer(),
    rejected: integer(),
    processed: integer(),
    ackP50Ms: nullable({ type: "number" }),
    ackP99Ms: nullable({ type: "number" }),
  }),
  Notice: {
    type: "object",
    required: ["kind", "at"],
    properties: {
      kind: choice("accepted", "processed", "quarantined", "dead", "rejected"),
      at: time(),
      eventId: string(),
    },
  },
  Health: {
    type: "object",
    required: ["status"],
    properties: {
      status: choice("ok", "ready"),
      checks: { type: "object", additionalProperties: { type: "string" } },
    },
  },
  Problem: {
    type: "object",
    description: "RFC 9457. Programs may rely on code.",
    required: ["type", "title", "status", "code", "detail"],
    properties: {
      type: string(),
      title: string(),
      status: integer(),
      code: string(),
      detail: string(),
      parameter: string("The parameter that cannot be used."),
      checks: { type: "object", additionalProperties: { type: "string" } },
    },
  },
} as const satisfies Readonly<Record<string, object>>;

export type SchemaName = keyof typeof SCHEMAS;

type Schema = Readonly<Record<string, unknown>>;

function object(properties: Readonly<Record<string, Schema>>, description?: string): Schema {
  return {
    type: "object",
    required: Object.keys(properties),
    properties,
    ...(description === undefined ? {} : { description }),
  };
}

function page(item: Schema): Schema {
  return object({ items: list(item), nextCursor: nullable(string("Ask again with cursor; null on the last page.")) });
}

function list(items: Schema): Schema {
  return { type: "array", items };
}

function string(description?: string): Schema {
  return { type: "string", ...(description === undefined ? {} : { description }) };
}

function integer(description?: string): Schema {
  return { type: "integer", ...(description === undefined ? {} : { description }) };
}

function time(): Schema {
  return { type: "string", format: "date-time" };
}

function choice(...of: string[]): Schema {
  return { type: "string", enum: of };
}

function nullable(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}
