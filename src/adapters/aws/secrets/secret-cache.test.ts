import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RunningSecretsManager, startSecretsManager } from "../../../../test/support/aws/secrets-manager.ts";
import type { SecretsManagerCalls } from "../calls/aws-calls.ts";
import { openSecretCache, type SecretCacheParts } from "./secret-cache.ts";

const NEW = "whsec_new_0123456789";
const OLD = "whsec_old_0123456789";
const MINUTE = 60_000;

let server: RunningSecretsManager;
let client: SecretsManagerClient;
let id: string;
let count = 0;

beforeAll(async () => {
  server = await startSecretsManager();
  client = new SecretsManagerClient({
    endpoint: server.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
});
beforeEach(() => {
  server.fail(null);
  id = `prod/secret-${++count}`;
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

const secretsManager: SecretsManagerCalls = (_, input) => client.send(new GetSecretValueCommand(input));

function opened(over: Partial<SecretCacheParts> = {}) {
  const from = server.calls.length;
  const logged: string[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void logged.push(`${level} ${JSON.stringify(fields)} ${message}`);
  const time = { ms: 1_000_000 };
  const cache = openSecretCache({
    secretsManager,
    clock: { monotonic: () => time.ms },
    log: { info: write("info"), warn: write("warn"), error: write("error") },
    ...over,
  });
  return { cache, time, logged, calls: () => server.calls.slice(from) };
}

const found = (...values: string[]) => ({ kind: "found", values });

describe("a secret", () => {
  test("is its current and its previous version, asked for once in five minutes", async () => {
    server.put(id, OLD);
    server.rotate(id, NEW);
    const { cache, time, calls } = opened();
    expect(await cache.values([id], null)).toEqual(found(NEW, OLD));
    time.ms += 5 * MINUTE - 1;
    expect(await cache.values([id], null)).toEqual(found(NEW, OLD));
    expect([...calls()].sort()).toEqual([`${id}#AWSCURRENT`, `${id}#AWSPREVIOUS`]);
    server.rotate(id, "whsec_newer_0123456789");
    time.ms += 1;
    expect(await cache.values([id], null)).toEqual(found("whsec_newer_0123456789", NEW));
    expect(calls()).toHaveLength(4);
  });

  test("is asked for once by everyone who waits for it at the same time", async () => {
    server.put(id, NEW);
    const { cache, calls } = opened();
    const all = await Promise.all(Array.from({ length: 5 }, () => cache.values([id], null)));
    expect(all).toEqual(Array.from({ length: 5 }, () => found(NEW)));
    expect(calls()).toHaveLength(2);
  });

  test("may be read under several keys from one answer", async () => {
    server.put(id, JSON.stringify({ stripe: NEW, square: OLD }));
    const { cache, calls } = opened();
    expect(await cache.values([id], "stripe")).toEqual(found(NEW));
    expect(await cache.values([id], "square")).toEqual(found(OLD));
    expect(await cache.values([id], "adyen")).toEqual(found());
    expect(calls()).toHaveLength(2);
  });

  test("may have a version before that is none of the function's business", async () => {
    server.put(id, OLD);
    server.rotate(id, NEW);
    const denied: SecretsManagerCalls = async (operation, input) => {
      if (input.VersionStage !== "AWSPREVIOUS") return secretsManager(operation, input);
      throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
    };
    expect(await opened({ secretsManager: denied }).cache.values([id], null)).toEqual(found(NEW));
  });

  test("is not taken for the current version alone when only the previous one could not be read", async () => {
    server.put(id, NEW);
    const throttled: SecretsManagerCalls = async (operation, input) => {
      if (input.VersionStage !== "AWSPREVIOUS") return secretsManager(operation, input);
      throw Object.assign(new Error("slow down"), { name: "ThrottlingException" });
    };
    expect(await opened({ secretsManager: throttled }).cache.values([id], null)).toEqual({ kind: "unavailable" });
  });

  test("is the first that is known of several ids", async () => {
    server.put(id, NEW);
    const { cache, calls } = opened();
    expect(await cache.values([`strongroom/${id}`, id], null)).toEqual(found(NEW));
    expect(await cache.values([`strongroom/${id}`, "none"], null)).toEqual({ kind: "unknown" });
    expect(calls()).toHaveLength(6);
  });
});

describe.each(["down", "throttle", "denied"] as const)("while the service answers %s", (failure) => {
  test("the last good value stands for an hour after it was given, and then none", async () => {
    server.put(id, NEW);
    const { cache, time } = opened();
    await cache.values([id], null);
    server.fail(failure);
    for (const minutes of [5, 30, 60]) {
      time.ms = 1_000_000 + minutes * MINUTE - 1;
      expect(await cache.values([id], null)).toEqual(found(NEW));
    }
    time.ms += 1;
    expect(await cache.values([id], null)).toEqual({ kind: "unavailable" });
    server.fail(null);
    time.ms += 5_000;
    expect(await cache.values([id], null)).toEqual(found(NEW));
  });

  test("a secret that was never read is unavailable, and the service is not asked for each delivery", async () => {
    server.put(id, NEW);
    const { cache, time, calls, logged } = opened();
    server.fail(failure);
    for (let i = 0; i < 5; i++) expect(await cache.values([id], null)).toEqual({ kind: "unavailable" });
    expect(calls()).toHaveLength(2);
    expect(logged).toHaveLength(1);
    server.fail(null);
    time.ms += 1_000;
    expect(await cache.values([id], null)).toEqual(found(NEW));
  });
});

test("an answer that does not come is not waited for", async () => {
  server.put(id, NEW);
  const { cache } = opened({ patienceMs: 50 });
  server.fail("hang");
  expect(await cache.values([id], null)).toEqual({ kind: "unavailable" });
});

test("a secret that is removed counts no longer once that is known", async () => {
  server.put(id, NEW);
  const { cache, time } = opened();
  await cache.values([id], null);
  server.remove(id);
  time.ms += 5 * MINUTE;
  expect(await cache.values([id], null)).toEqual({ kind: "unknown" });
  server.put(id, OLD);
  time.ms += MINUTE;
  expect(await cache.values([id], null)).toEqual(found(OLD));
});

describe("a newer secret", () => {
  test("is asked for when the last answer is a minute old, however often it is wanted", async () => {
    server.put(id, OLD);
    const { cache, time, calls } = opened();
    await cache.values([id], null);
    server.rotate(id, NEW);
    for (let i = 0; i < 5; i++) expect(await cache.newer([id], null)).toEqual(found(OLD));
    expect(calls()).toHaveLength(2);
    time.ms += MINUTE;
    for (let i = 0; i < 5; i++) expect(await cache.newer([id], null)).toEqual(found(NEW, OLD));
    expect(await cache.values([id], null)).toEqual(found(NEW, OLD));
    expect(calls()).toHaveLength(4);
  });
});

test("no value gets into the log", async () => {
  server.put(id, NEW);
  const { cache, time, logged } = opened();
  await cache.values([id, "none"], null);
  await cache.values(["none"], null);
  for (const failure of ["down", "throttle", "denied"] as const) {
    server.fail(failure);
    time.ms += 6 * MINUTE;
    await cache.values([id], null);
  }
  expect(logged).toHaveLength(4);
  expect(logged.join()).not.toContain("whsec");
  expect(logged[1]).toBe(
    `warn {"target":"${id}","error":"InternalServiceError"} a secret could not be read from AWS Secrets Manager`,
  );
});
