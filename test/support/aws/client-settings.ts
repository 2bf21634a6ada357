/** The one region of the tests. */
export const REGION = "us-east-1";

/** Accepted by every emulator, by no real AWS. */
export const CREDENTIALS = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-secret-of-anybody" };

/** Settings for an SDK client that talks to an emulator. A failure is seen at once: nothing is retried. */
export function clientSettings(endpoint: string) {
  return { endpoint, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
}
