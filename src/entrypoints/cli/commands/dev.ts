import type { Command } from "commander";
import type { Config } from "../../../config/config.ts";
import { prepareDevFiles } from "../dev-files.ts";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { addCommand, readUrl, STORE_EXITS } from "../manual.ts";
import { note } from "../output.ts";
import { hasOwnConfig, loadConfigFile, plainDataDir } from "../read-config.ts";
import type { InboxUrls } from "../run-inbox.ts";

export function addDev(program: Command): void {
  addCommand(program, "dev", {
    summary: "Run an inbox without any configuration, with throw-away secrets for stripe, paypal, square and generic.",
    exits: STORE_EXITS,
    example: "strongroom dev --forward http://127.0.0.1:3000/api/webhooks",
  })
    .option("--forward <url>", "pass every event on to your application, as it came", readUrl)
    .action(async (options: { forward?: string }, command: Command) => {
      const globals = globalsOf(command);
      if (globals.config !== undefined || globals.url !== undefined) {
        throw new CliError(EXIT.usage, "dev takes no configuration and no --url; strongroom start runs with --config");
      }
      const own = hasOwnConfig(globals);
      if (own) note(globals, "strongroom dev does not use your configuration file; strongroom start does");
      const dataDir = plainDataDir(globals);
      const { configFile } = await prepareDevFiles(dataDir, options.forward);
      const read = () => loadConfigFile({ config: configFile, dataDir });
      const config = await read();
      const [{ openLog }, { runInbox }] = await Promise.all([import("../log.ts"), import("../run-inbox.ts")]);
      const log = await openLog(globals.quiet ? "error" : config.log.level);
      const flags = `${own ? ` --config ${configFile}` : ""}${globals.dataDir === undefined ? "" : ` --data-dir ${globals.dataDir}`}`;
      await runInbox({
        config,
        log,
        reload: read,
        banner: (urls) => banner(config, urls, flags, options.forward),
        onReady: (urls) => {
          if (process.stdout.isTTY) return;
          // Throw-away secrets: printing them is what this command is for.
          for (const source of sourcesOf(config, urls)) log.info(source, "throw-away source");
        },
      });
    });
}

// In a clone the command is there by way of npm only.
const COMMAND = process.env.npm_lifecycle_event === undefined ? "strongroom" : "npx strongroom";

function banner(config: Config, urls: InboxUrls, flags: string, forward: string | undefined): readonly string[] {
  // Another terminal does not know of ports that this one's environment chose.
  const to = new URL(urls.ingestUrl).port === "4640" ? "" : ` --to ${urls.ingestUrl}`;
  return [
    "",
    "Strongroom is ready, with throw-away secrets.",
    "",
    ...sourcesOf(config, urls).flatMap(({ source, url, secret }) => [
      `  ${source.padEnd(8)} ${url}`,
      `           ${secret}`,
    ]),
    "",
    `  Admin    ${urls.adminUrl}`,
    ...(forward === undefined ? [] : [`  Forward  ${forward}`]),
    "",
    "Try in another terminal:",
    `  ${COMMAND} send stripe payment.succeeded${to}${flags}`,
    `  ${COMMAND} send stripe payment.succeeded --tamper body${to}${flags}`,
    `  ${COMMAND} events list --url ${urls.adminUrl}`,
    "",
  ];
}

function sourcesOf(config: Config, { ingestUrl }: InboxUrls) {
  return Object.values(config.sources).map(({ name, secrets, settings }) => ({
    source: name,
    url: `${ingestUrl}/webhooks/${name}`,
    secret: secrets[0]?.value ?? `webhook id ${String(settings.webhookId)}`,
  }));
}
