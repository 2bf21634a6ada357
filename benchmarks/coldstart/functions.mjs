// The six functions: what each finds in its environment, is asked, and has to answer.
import { authorizerEvent, queueEvent, receiverEvent, SCHEDULE_EVENT, streamEvent } from "./events.mjs";

export const SECRET = "whsec_cold_start_only_0123456789abcdef";
export const EVENTS_TABLE = "events";

/** `stored` is an item of the events table and `message` its message in the queue; the receiver needs neither. */
export function functions({ stored, message }) {
  const failure = { error: "The handler failed.", endedAt: Date.now() };
  return {
    receiver: { event: () => receiverEvent(SECRET), isRight: (answer) => answer.statusCode === 200 },
    processor: { event: () => queueEvent(message), isRight: hasNoFailures },
    archiver: {
      event: () => queueEvent(JSON.stringify({ ...JSON.parse(message), failure })),
      isRight: hasNoFailures,
    },
    auditor: { event: () => streamEvent(stored), isRight: hasNoFailures },
    reconciler: { event: () => SCHEDULE_EVENT, isRight: (answer) => answer.repaired === 0 && answer.left === 0 },
    authorizer: {
      event: () => authorizerEvent(SECRET),
      isRight: (answer) => answer.policyDocument.Statement[0].Effect === "Allow",
    },
  };
}

/** What Lambda sets and what the deployment gives, with one endpoint for all services. */
export function environment(endpoint, configFile) {
  return {
    AWS_ACCESS_KEY_ID: "made-up",
    AWS_ENDPOINT_URL: endpoint,
    AWS_LAMBDA_FUNCTION_NAME: "cold-start",
    AWS_REGION: "us-east-1",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    AWS_SECRET_ACCESS_KEY: "made-up",
    TZ: ":UTC",
    STRONGROOM_CONFIG: configFile,
    EVENTS_TABLE,
    TRANSACTIONS_TABLE: "transactions",
    QUEUE_URL: `${endpoint}/000000000000/queue.fifo`,
    DEAD_LETTER_QUEUE_URL: `${endpoint}/000000000000/dead-letters.fifo`,
    RESULTS_TOPIC_ARN: "arn:aws:sns:us-east-1:000000000000:results",
    ALERTS_TOPIC_ARN: "arn:aws:sns:us-east-1:000000000000:alerts",
    ARCHIVE_BUCKET: "archive",
    SECRETS_PREFIX: "strongroom/",
  };
}

/** The processor has parked this event. */
export function deadItem(item) {
  const dead = { S: "dead" };
  const at = { S: new Date().toISOString() };
  return { ...item, status: dead, pending: dead, reason: { S: "The handler failed." }, dead_at: at };
}

function hasNoFailures({ batchItemFailures }) {
  return batchItemFailures.length === 0;
}
