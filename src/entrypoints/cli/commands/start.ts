import { accessSync, constants, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import type { Config } from "../../../config/config.ts";
import { StoreError } from "../../../domain/errors.ts";
import { CliError, EXIT } from "../exit.ts";
import { type Globals, globalsOf } from "../globals.ts";
import { addCommand, STORE_EXITS } from "../manual.ts";
import { note, printJson } from "../output.ts";
import { loadConfigFile } from "../read-config.ts";
import type { InboxUrls } from "../run-inbox.ts";

export function addStart(program: Command): void {
  addCommand(program, "start", {
    summary: "Run the inbox: ingest, processor and admin in this process, on the embedded store.",
    exits: STORE_EXITS,
    example: "strongroom start --config /etc/strongroom.yaml",
  })
    .option("--check", "only check the configuration, the handler's module (it is imported) and the store")
    .action(async (options: { check?: true }, command: Command) => {
      const globals = globalsOf(command);
      if (globals.url !== undefined)
        throw new CliError(EXIT.usage, "start runs an inbox here; --url is for one that runs");
      const config = await loadConfigFile(globals);
      if (options.check) return check(config, globals);
      const [{ openLog }, { runInbox }] = await Promise.all([import("../log.ts"), import("../run-inbox.ts")]);
      const log = await openLog(globals.quiet ? "error" : config.log.level);
      await runInbox({ config, log, reload: () => loadConfigFile(globals), banner: (urls) => banner(config, urls) });
    });
}

async function check(config: Config, globals: Globals): Promise<void> {
  const { dataDir } = config.store;
  const { openHandler } = await import("../../handler.ts");
  const handler = await openHandler(config, SILENT);
  await handler?.close(HANDLER_GRACE_MS);
  const { DATABASE_FILE } = await import("../../../adapters/embedded/sqlite/store.ts");
  if (existsSync(join(dataDir, DATABASE_FILE))) await readStore(config);
  else checkCanMake(dataDir);
  if (globals.json) printJson({ ok: true, config: config.file, dataDir });
  else note(globals, "configuration and store are fine");
}

const SILENT = { info: () => {}, warn: () => {}, error: () => {} };
const HANDLER_GRACE_MS = 1000;

/** Reads only: the inbox that this configuration is meant for may be running. */
async function readStore(config: Config): Promise<void> {
  const { openOffline } = await import("../../offline.ts");
  const offline = await openOffline(config, "read");
  const response = await offline.fetch(new Request("http://localhost/api/events?limit=1"));
  await offline.close();
  if (!response.ok) throw new StoreError("unavailable", `the store in ${config.store.dataDir} cannot be read`);
}

/** A first start makes the data directory, in the nearest directory that is there. */
function checkCanMake(dataDir: string): void {
  let nearest = dataDir;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK);
  } catch (error) {
    throw new StoreError("unavailable", `${dataDir} cannot be made: ${nearest} is not writable`, { cause: error });
  }
}

function banner(config: Config, { ingestUrl, adminUrl }: InboxUrls): readonly string[] {
  const sources = Object.keys(config.sources);
  return [
    "",
    "Strongroom is ready.",
    "",
    ...(sources.length === 0 ? ["  No sources are configured."] : []),
    ...sources.map((name, i) => `  ${i === 0 ? "Webhooks to" : "           "}  ${ingestUrl}/webhooks/${name}`),
    `  Admin        ${adminUrl}`,
    `  Try          strongroom events list --url ${adminUrl}`,
    "",
  ];
}
