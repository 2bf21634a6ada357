import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AwsJsonAnswer, type AwsJsonRequest, startAwsJsonServer } from "./sqs/aws-json-server.ts";

/** AWS Secrets Manager for tests, on loopback: `GetSecretValue` alone, for secrets that the test puts there. */
export interface RunningSecretsManager {
  readonly endpoint: string;
  /** One entry per request, in order: `SecretId#VersionStage`. */
  readonly calls: readonly string[];
  put(id: string, secretString: string, stage?: SecretStage): void;
  /** The current value becomes the previous one, whatever that was. */
  rotate(id: string, secretString: string): void;
  remove(id: string): void;
  /** From now on every request fails in this way; null ends it. Requests that hang stay so until the client leaves. */
  fail(mode: SecretsFailure | null): void;
  stop(): Promise<void>;
}

export type SecretStage = "AWSCURRENT" | "AWSPREVIOUS";
export type SecretsFailure = "down" | "throttle" | "denied" | "hang";

interface SecretVersion {
  readonly secretString: string;
  readonly versionId: string;
  readonly createdAt: number;
}

const ARN_PREFIX = "arn:aws:secretsmanager:us-east-1:000000000000:secret:";
/** Source: Secrets Manager API reference, GetSecretValue ("Errors") and "Common errors". */
const FAILURES = {
  down: refusal(500, "InternalServiceError", "An error occurred on the server side."),
  throttle: refusal(400, "ThrottlingException", "Rate exceeded"),
  denied: refusal(
    400,
    "AccessDeniedException",
    "The caller is not authorized to perform: secretsmanager:GetSecretValue",
  ),
} as const;

export async function startSecretsManager(): Promise<RunningSecretsManager> {
  const secrets = new Map<string, Map<SecretStage, SecretVersion>>();
  const calls: string[] = [];
  let failure: SecretsFailure | null = null;
  const server = await startAwsJsonServer({ target: "secretsmanager", version: "1.1", answer });

  return {
    endpoint: server.endpoint,
    calls,
    put,
    rotate(id, secretString) {
      const current = secrets.get(id)?.get("AWSCURRENT");
      if (current !== undefined) versionsOf(id).set("AWSPREVIOUS", current);
      put(id, secretString);
    },
    remove(id) {
      secrets.delete(id);
    },
    fail(mode) {
      failure = mode;
    },
    stop: server.stop,
  };

  function put(id: string, secretString: string, stage: SecretStage = "AWSCURRENT"): void {
    versionsOf(id).set(stage, { secretString, versionId: randomUUID(), createdAt: Date.now() });
  }

  function versionsOf(id: string): Map<SecretStage, SecretVersion> {
    const versions = secrets.get(id) ?? new Map<SecretStage, SecretVersion>();
    secrets.set(id, versions);
    return versions;
  }

  async function answer({ operation, input, signal }: AwsJsonRequest): Promise<AwsJsonAnswer> {
    if (operation !== "GetSecretValue")
      return refusal(400, "UnknownOperationException", "Only GetSecretValue is here.");
    const { SecretId: id, VersionStage: stage = "AWSCURRENT" } = input;
    if (typeof id !== "string") return refusal(400, "InvalidParameterException", "SecretId is missing.");
    calls.push(`${id}#${stage}`);
    if (failure === "hang") {
      if (!signal.aborted) await once(signal, "abort");
      return FAILURES.down;
    }
    return failure === null ? secretValue(id, stage as SecretStage) : FAILURES[failure];
  }

  function secretValue(id: string, stage: SecretStage): AwsJsonAnswer {
    const name = [...secrets.keys()].find((each) => [each, ARN_PREFIX + each, arnOf(each)].includes(id));
    if (name === undefined) {
      return refusal(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    }
    const version = secrets.get(name)?.get(stage);
    if (version === undefined) {
      const reason = `Secrets Manager can't find the specified secret value for staging label: ${stage}`;
      return refusal(400, "ResourceNotFoundException", reason);
    }
    return {
      status: 200,
      body: {
        ARN: arnOf(name),
        Name: name,
        SecretString: version.secretString,
        VersionId: version.versionId,
        VersionStages: [stage],
        CreatedDate: version.createdAt / 1_000,
      },
    };
  }
}

/** The service ends every ARN with six characters of its own. */
function arnOf(name: string): string {
  return `${ARN_PREFIX}${name}-a1B2c3`;
}

function refusal(status: number, type: string, message: string): AwsJsonAnswer {
  return { status, body: { __type: type, Message: message } };
}
