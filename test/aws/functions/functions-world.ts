import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FaultProxy, startFaultProxy } from "../../support/aws/fault-proxy.ts";
import { openInProcess } from "../../support/aws/function-in-process.ts";
import type { Invocable } from "../../support/aws/invocable.ts";
import { type LocalAws, startLocalAws } from "../../support/aws/local-aws.ts";
import { openSqsMapping, type SqsMapping } from "../../support/aws/sqs-mapping.ts";
import type { Stack } from "../../support/aws/stack.ts";
import { type FunctionName, loadBundle } from "./bundles.ts";
import { compiledConfig } from "./function-config.ts";
import { SECRET } from "./stripe-delivery.ts";

/** A deployment whose functions run in this process, with a proxy between them and the emulators. */
export interface FunctionsWorld {
  readonly aws: LocalAws;
  readonly proxy: FaultProxy;
  readonly stack: Stack;
  /** A cold start; ended with the world. `environment` replaces what the deployment sets. */
  open(name: FunctionName, environment?: Readonly<Record<string, string>>): Promise<Invocable>;
  mapping(from: "queue" | "deadLetterQueue", target: Invocable): SqsMapping;
  /** Path of a compiled configuration file (its version aside) beside the handler module `handler.mjs`. */
  config(yaml: string): Promise<string>;
  /** Writes a file beside it and gives its path. */
  write(name: string, text: string): string;
  stop(): Promise<void>;
}

/** `sources` are those of a configuration file, in YAML; every one of type Stripe has the same secret. */
export async function startFunctionsWorld(options: {
  readonly suffix: string;
  readonly config: string;
  readonly handler?: string;
}): Promise<FunctionsWorld> {
  const { suffix } = options;
  const folder = mkdtempSync(join(tmpdir(), "strongroom-functions-"));
  if (options.handler !== undefined) writeFileSync(join(folder, "handler.mjs"), options.handler);
  const aws = await startLocalAws();
  const proxy = await startFaultProxy(aws.endpoints);
  const config = await compiledConfig(folder, options.config);
  const stack = await aws.createStack({ suffix, through: proxy.endpoints, config });
  aws.secretsManager.put(`strongroom-${suffix}/stripe`, SECRET);
  const opened: Invocable[] = [];
  let configs = 0;
  return {
    aws,
    proxy,
    stack,
    async open(name, environment = {}) {
      const all = { ...stack.environment, ...environment };
      const instance = await openInProcess(() => loadBundle(name), { name, environment: all, timeoutMs: 50_000 });
      opened.push(instance);
      return instance;
    },
    mapping: (from, target) => openSqsMapping({ client: aws.clients.sqs, queue: stack.names[from], target }),
    config: (yaml) => compiledConfig(folder, yaml, `strongroom-${++configs}`),
    write(name, text) {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
    async stop() {
      for (const one of opened.reverse()) await one.stop();
      await proxy.stop();
      await aws.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
