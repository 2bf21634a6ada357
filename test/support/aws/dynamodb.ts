import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { endWithUs } from "./end-with-us.ts";
import { freePort } from "./free-port.ts";

/** A DynamoDB to test on. Tables and their streams answer on one endpoint. */
export interface LocalDynamoDb {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const OWN = "AWS_ENDPOINT_URL_DYNAMODB";

/** Why suites that need a DynamoDB are skipped here. */
export const UNAVAILABLE = `no DynamoDB to test on: the emulator has no binary for this platform and ${OWN} is not set`;

/** False where `startDynamoDb` must fail: no emulator for this platform and none named by the environment. */
export function isAvailable(): boolean {
  return binary() !== null || process.env[OWN] !== undefined;
}

/**
 * An empty emulator in a process of its own, everything in memory; where it has no binary for this platform, the endpoint
 * that `AWS_ENDPOINT_URL_DYNAMODB` names, with whatever it holds. Throws when there is neither.
 */
export async function startDynamoDb(): Promise<LocalDynamoDb> {
  const program = binary();
  if (program === null) {
    const endpoint = process.env[OWN];
    if (endpoint === undefined) throw new Error(UNAVAILABLE);
    return { endpoint, stop: async () => {} };
  }
  const port = await freePort();
  const child = spawn(program, ["serve", "--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" });
  endWithUs(child);
  const endpoint = `http://127.0.0.1:${port}`;
  await untilItAnswers(endpoint, child);
  return {
    endpoint,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function binary(): string | null {
  const { resolve } = createRequire(import.meta.url);
  try {
    const path = join(dirname(resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`)), "dynoxide");
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return null;
  }
}

async function untilItAnswers(endpoint: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      await fetch(endpoint, { signal: AbortSignal.timeout(1000) });
      return;
    } catch (error) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error("The DynamoDB emulator did not start.");
      if (performance.now() > deadline) throw new Error("The DynamoDB emulator does not answer.", { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
