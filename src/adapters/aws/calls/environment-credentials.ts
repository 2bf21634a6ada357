import type { AwsCredentials } from "./sigv4.ts";

/**
 * The credentials that Lambda puts into the environment, read at each call. Throws an error named
 * `CredentialsProviderError`, as the SDK does, when there are none.
 */
export function environmentCredentials(env: Readonly<Record<string, string | undefined>>): () => AwsCredentials {
  return () => {
    const accessKeyId = env.AWS_ACCESS_KEY_ID;
    const secretAccessKey = env.AWS_SECRET_ACCESS_KEY;
    if (!accessKeyId || !secretAccessKey) {
      throw Object.assign(new Error("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set."), {
        name: "CredentialsProviderError",
      });
    }
    const sessionToken = env.AWS_SESSION_TOKEN;
    return sessionToken ? { accessKeyId, secretAccessKey, sessionToken } : { accessKeyId, secretAccessKey };
  };
}
