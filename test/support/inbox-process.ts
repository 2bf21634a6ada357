import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Ended, type Running, startCli } from "./run-cli.ts";

/** `strongroom start` in a process of its own, ready. */
export interface InboxProcess extends Running {
  readonly ingestUrl: string;
  readonly adminUrl: string;
}

export interface InboxFiles {
  /** Holds the configuration and, under `data`, everything that the inbox writes. */
  readonly folder: string;
  /** The configuration file as data. Hosts, ports, the data directory and the archive are filled in. */
  readonly config: InboxConfig;
  readonly env?: Readonly<Record<string, string>>;
}

export interface InboxConfig {
  readonly server?: { readonly ingest?: object; readonly admin?: object; readonly shutdownGrace?: string };
  readonly [section: string]: unknown;
}

export function configFileIn(folder: string): string {
  return join(folder, "strongroom.yaml");
}

export function dataDirIn(folder: string): string {
  return join(folder, "data");
}

/** Writes the configuration file; both listeners take a free port of loopback. */
export function writeInboxConfig({ folder, config }: Pick<InboxFiles, "folder" | "config">): void {
  const { ingest, admin, ...server } = config.server ?? {};
  const loopback = { host: "127.0.0.1", port: 0 };
  writeFileSync(
    configFileIn(folder),
    stringify({
      version: 1,
      store: { dataDir: dataDirIn(folder) },
      archive: { dir: join(dataDirIn(folder), "archive") },
      ...config,
      server: { ...server, ingest: { ...loopback, ...ingest }, admin: { ...loopback, ...admin } },
    }),
  );
}

/** Starts the inbox of a folder; `ready` gives it when it is, and rejects when it ends before. */
export function spawnInbox({ folder, env }: Pick<InboxFiles, "folder" | "env">): {
  readonly running: Running;
  readonly ready: Promise<InboxProcess>;
} {
  const running = startCli(["start", "--config", configFileIn(folder)], env === undefined ? {} : { env });
  const ready = running.firstLine().then((line) => {
    const { ingest, admin } = JSON.parse(line) as { ingest: string; admin: string };
    return { ...running, ingestUrl: ingest, adminUrl: admin };
  });
  // Whoever does not wait for it does not want to hear that it ended.
  ready.catch(() => {});
  return { running, ready };
}

/** Writes the configuration and starts the inbox. */
export async function startInboxProcess(files: InboxFiles): Promise<InboxProcess> {
  writeInboxConfig(files);
  return spawnInbox(files).ready;
}

/** Ends an inbox whatever it does. */
export async function killInbox(inbox: Running | undefined): Promise<Ended | undefined> {
  return inbox?.stop("SIGKILL");
}
