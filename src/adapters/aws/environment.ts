/**
 * The environment variables of the functions: written by the infrastructure, read here. `CONFIG` is the path of the
 * configuration file. Each function has only those that it needs.
 */
export const VARIABLES = {
  eventsTable: "EVENTS_TABLE",
  transactionsTable: "TRANSACTIONS_TABLE",
  queueUrl: "QUEUE_URL",
  deadLetterQueueUrl: "DEAD_LETTER_QUEUE_URL",
  resultsTopicArn: "RESULTS_TOPIC_ARN",
  alertsTopicArn: "ALERTS_TOPIC_ARN",
  archiveBucket: "ARCHIVE_BUCKET",
  secretsPrefix: "SECRETS_PREFIX",
  config: "STRONGROOM_CONFIG",
  /** Key attributes of an events table that has others than ours: `name`, or `name,sort:S` or `name,sort:N`. */
  eventsKey: "EVENTS_TABLE_KEY",
  /** Name of the transactions table's sort key, of type N; it then gets a row per applied event too. */
  transactionsSortKey: "TRANSACTIONS_TABLE_SORT_KEY",
} as const;

export type Variable = keyof typeof VARIABLES;

/** The value of a variable. Throws when it is not set: a function without it cannot keep what it promises. */
export function required(env: Readonly<Record<string, string | undefined>>, variable: Variable): string {
  const value = optional(env, variable);
  if (value === null) throw new Error(`The environment variable ${VARIABLES[variable]} is not set.`);
  return value;
}

/** Null when the variable is not set or empty. */
export function optional(env: Readonly<Record<string, string | undefined>>, variable: Variable): string | null {
  return env[VARIABLES[variable]] || null;
}
