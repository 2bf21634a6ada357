import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SecretsManagerCalls, SecretsManagerOperations } from "./aws-calls.ts";
import { clientSettings, type SdkOptions, sdkCalls } from "./sdk-calls.ts";

/** Secrets Manager through the SDK. */
export function openSecretsManagerCalls(options: SdkOptions = {}): SecretsManagerCalls {
  const client = new SecretsManagerClient(clientSettings(options));
  return sdkCalls<SecretsManagerOperations>({
    GetSecretValue: (input) => client.send(new GetSecretValueCommand(input)),
  });
}
