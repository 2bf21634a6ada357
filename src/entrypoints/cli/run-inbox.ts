import type { Logger } from "pino";
import type { Config } from "../../config/config.ts";
import { ConfigError } from "../../domain/errors.ts";
import { CliError, EXIT } from "./exit.ts";
import { print, printJson } from "./output.ts";

export interface InboxUrls {
  readonly ingestUrl: string;
  readonly adminUrl: string;
}

export interface RunOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Reads the configuration again, for SIGHUP. */
  readonly reload: () => Promise<Config>;
  /** What a terminal shows instead of the ready line. */
  readonly banner: (urls: InboxUrls) => readonly string[];
  /** Called right after the ready line. */
  readonly onReady?: (urls: InboxUrls) => void;
}

/**
 * Runs an inbox until SIGTERM or SIGINT and then ends the process: 0 when everything was finished, 1 on a second
 * signal or when the grace period was not enough. Rejects when it cannot start.
 */
export async function runInbox({ config, log, reload, banner, onReady }: RunOptions): Promise<void> {
  const stopped = signalled(["SIGTERM", "SIGINT"], log);
  let reloadWanted = () => {};
  process.on("SIGHUP", () => reloadWanted());

  const { startInbox } = await import("../inbox.ts");
  const inbox = await startInbox(config, log).catch((error: unknown) => {
    throw portProblem(error);
  });

  let grace = config.server.shutdownGraceMs;
  reloadWanted = serially(async () => {
    const next = await readAgain(reload, log);
    if (next === null) return;
    await inbox.reload(next);
    grace = next.server.shutdownGraceMs;
    log.info({}, "configuration reloaded");
  }, log);
  announce(inbox, banner);
  onReady?.(inbox);

  const signal = await stopped;
  log.info({ signal }, "stopping");
  const late = setTimeout(() => {
    log.error({}, "not stopped within the grace period");
    process.exit(EXIT.failed);
  }, grace + LATE_MS);
  await inbox.close();
  clearTimeout(late);
  // A connection or a timer of user code must not keep a stopped inbox alive.
  process.exit(EXIT.ok);
}

// The inbox keeps to the grace period itself; this is for what cannot be interrupted.
const LATE_MS = 1000;

/** The first of the signals. A second one ends the process at once: the user means it. */
function signalled(signals: readonly NodeJS.Signals[], log: Logger): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let count = 0;
    for (const signal of signals) {
      process.on(signal, () => {
        count++;
        if (count === 1) return resolve(signal);
        log.warn({ signal }, "stopped at once by a second signal");
        process.exit(EXIT.failed);
      });
    }
  });
}

async function readAgain(reload: () => Promise<Config>, log: Logger): Promise<Config | null> {
  try {
    return await reload();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { path, message } of error.problems) {
      log.error({ path }, `configuration not reloaded, the old one stays: ${path}: ${message}`);
    }
    return null;
  }
}

/** Runs the task for every call, one at a time; calls during a run are one more run. */
function serially(task: () => Promise<void>, log: Logger): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    running = true;
    do {
      again = false;
      await task().catch((error: unknown) =>
        log.error({ error: (error as Error).message }, "configuration not reloaded"),
      );
    } while (again);
    running = false;
  };
  return () => {
    again = true;
    if (!running) void run();
  };
}

function announce({ ingestUrl, adminUrl }: InboxUrls, banner: RunOptions["banner"]): void {
  if (process.stdout.isTTY) for (const line of banner({ ingestUrl, adminUrl })) print(line);
  else printJson({ event: "ready", ingest: ingestUrl, admin: adminUrl, pid: process.pid });
}

function portProblem(error: unknown): unknown {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const where = `${address ?? "the host"}${port === undefined ? "" : `, port ${port}`}`;
  const other =
    "server.ingest.port and server.admin.port (or STRONGROOM_SERVER__INGEST__PORT and STRONGROOM_SERVER__ADMIN__PORT) choose others";
  if (code === "EADDRINUSE")
    return new CliError(EXIT.failed, `cannot listen on ${where}: another process does; ${other}`);
  if (code === "EACCES" && port !== undefined)
    return new CliError(EXIT.failed, `not allowed to listen on ${where}; ${other}`);
  if (code === "EADDRNOTAVAIL")
    return new CliError(EXIT.failed, `cannot listen on ${where}: this machine has no such address`);
  return error;
}
