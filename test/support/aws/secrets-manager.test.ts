import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type RunningSecretsManager, startSecretsManager } from "./secrets-manager.ts";

let manager: RunningSecretsManager;
let client: SecretsManagerClient;

beforeEach(async () => {
  manager = await startSecretsManager();
  client = new SecretsManagerClient({
    endpoint: manager.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  client.destroy();
  await manager.stop();
});

function get(SecretId: string, VersionStage?: string) {
  return client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
}

// Source: Secrets Manager API reference, GetSecretValue.
it("gives the current value, and the previous one to those who ask for it", async () => {
  manager.put("stripe", "new");
  manager.put("stripe", "old", "AWSPREVIOUS");
  const current = await get("stripe");
  expect(current).toMatchObject({ Name: "stripe", SecretString: "new", VersionStages: ["AWSCURRENT"] });
  expect(current.CreatedDate).toBeInstanceOf(Date);
  expect(await get("stripe", "AWSPREVIOUS")).toMatchObject({ SecretString: "old", VersionStages: ["AWSPREVIOUS"] });
  expect(await get(current.ARN ?? "")).toMatchObject({ SecretString: "new", VersionId: current.VersionId });
});

it("moves the current version to the previous stage when a secret is rotated", async () => {
  manager.rotate("stripe", "first");
  await expect(get("stripe", "AWSPREVIOUS")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const { VersionId } = await get("stripe");
  manager.rotate("stripe", "second");
  expect(await get("stripe")).toMatchObject({ SecretString: "second" });
  expect(await get("stripe", "AWSPREVIOUS")).toMatchObject({ SecretString: "first", VersionId });
});

it("does not find a secret that was never put or is removed", async () => {
  manager.put("stripe", "value");
  manager.remove("stripe");
  for (const id of ["stripe", "strip"]) {
    await expect(get(id)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret.",
    });
  }
});

it("fails in the way it is told to, until it is told to stop", async () => {
  manager.put("stripe", "value");
  manager.fail("down");
  await expect(get("stripe")).rejects.toMatchObject({
    name: "InternalServiceError",
    $metadata: { httpStatusCode: 500 },
  });
  manager.fail("throttle");
  await expect(get("stripe")).rejects.toMatchObject({ name: "ThrottlingException" });
  manager.fail("denied");
  await expect(get("stripe")).rejects.toMatchObject({ name: "AccessDeniedException" });
  manager.fail("hang");
  const impatient = client.send(new GetSecretValueCommand({ SecretId: "stripe" }), {
    abortSignal: AbortSignal.timeout(50),
  });
  await expect(impatient).rejects.toMatchObject({ name: "AbortError" });
  manager.fail(null);
  expect(await get("stripe")).toMatchObject({ SecretString: "value" });
});

it("remembers every request, also the failed ones", async () => {
  manager.put("stripe", "value");
  await get("stripe");
  manager.fail("down");
  await expect(get("stripe", "AWSPREVIOUS")).rejects.toThrow();
  expect(manager.calls).toEqual(["stripe#AWSCURRENT", "stripe#AWSPREVIOUS"]);
});
