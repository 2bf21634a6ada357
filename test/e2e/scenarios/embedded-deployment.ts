import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll } from "vitest";
import {
  dataDirIn,
  type InboxConfig,
  type InboxProcess,
  spawnInbox,
  startInboxProcess,
} from "../../support/inbox-process.ts";
import type { Deployment, SeenAlert } from "./deployment.ts";
import { createSender, readAnswer } from "./sender.ts";
import { everySource, SECRETS } from "./sources.ts";

/** An inbox of the real program in a process of its own. */
export interface EmbeddedDeployment extends Deployment {
  /** Where the handler and its own files are; not the inbox's. */
  readonly folder: string;
  /** Everything that the inbox writes. */
  readonly dataDir: string;
  readonly adminUrl: string;
  readonly process: InboxProcess;
  restart(): Promise<void>;
  /** Every file of the data directory, and what it said on stdout and stderr, earlier runs included. */
  written(): Promise<ReadonlyMap<string, Buffer>>;
}

export interface EmbeddedNeeds {
  /** Source text of the handler module. Its environment has `FOLDER`. */
  readonly handler?: string;
  readonly config?: InboxConfig;
  readonly env?: Readonly<Record<string, string>>;
}

/** One deployment for all scenarios of a group, there from the first to the last of them. */
export function embeddedDeployment(needs: () => EmbeddedNeeds | Promise<EmbeddedNeeds>): () => EmbeddedDeployment {
  let folder: string;
  let deployment: EmbeddedDeployment | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "strongroom-scenarios-"));
    deployment = await openEmbedded(folder, await needs());
  }, 60_000);
  afterAll(async () => {
    await deployment?.process.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    if (deployment === undefined) throw new Error("the deployment is there only while its scenarios run");
    return deployment;
  };
}

async function openEmbedded(folder: string, needs: EmbeddedNeeds): Promise<EmbeddedDeployment> {
  const own = join(folder, "own");
  mkdirSync(own);
  const { config, known } = everySource(own);
  const alertFile = join(dataDirIn(folder), "alerts.ndjson");
  const handler = join(own, "handler.mjs");
  if (needs.handler !== undefined) writeFileSync(handler, needs.handler);
  const processor = { ...(needs.config?.processor as object), ...(needs.handler === undefined ? {} : { handler }) };
  const env = { ...SECRETS, FOLDER: own, ...needs.env };
  let running = await startInboxProcess({
    folder,
    config: { alerts: [{ to: `file:${alertFile}` }], sources: config, ...needs.config, processor },
    env,
  });
  let said = "";
  const keep = () => {
    const { stdout, stderr } = running.output();
    return `${said}${stdout}${stderr}`;
  };

  return {
    folder: own,
    dataDir: dataDirIn(folder),
    get ingestUrl() {
      return running.ingestUrl;
    },
    get adminUrl() {
      return running.adminUrl;
    },
    get process() {
      return running;
    },
    written: async () => new Map([...filesIn(dataDirIn(folder)), ["output", Buffer.from(keep())]]),
    ...createSender(() => running.ingestUrl, known),
    async api(method, path, body) {
      const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      return readAnswer(await fetch(running.adminUrl + path, init));
    },
    async alerts() {
      const text = existsSync(alertFile) ? readFileSync(alertFile, "utf8") : "";
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as SeenAlert);
    },
    async archive() {
      const dir = join(dataDirIn(folder), "archive");
      return new Map([...filesIn(dir)].map(([file, bytes]) => [relative(dir, file), bytes.toString("utf8")]));
    },
    async restart() {
      const { code } = await running.stop("SIGTERM");
      if (code !== 0) throw new Error(`the inbox ended with ${code}: ${running.output().stderr}`);
      said = keep();
      running = await spawnInbox({ folder, env }).ready;
    },
  };
}

/** Every file below a folder with what is in it; none when there is no such folder. */
export function filesIn(folder: string): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    try {
      files.set(path, readFileSync(path));
    } catch (error) {
      // It was a temporary one.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return files;
}
