import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Config } from "../../../config/config.ts";
import { prepareDevFiles } from "../dev-files.ts";
import { loadConfigFile } from "../read-config.ts";

/** Writes the configuration of a throw-away inbox with a source for each provider of the demo, and reads it back. */
export async function prepareDemoConfig(folder: string): Promise<Config & { readonly file: string }> {
  const { configFile } = await prepareDevFiles(folder, undefined);
  const known = parse(readFileSync(configFile, "utf8")) as { readonly sources: Readonly<Record<string, object>> };
  const secretFile = join(folder, "dev", "adyen.secret");
  write(secretFile, randomBytes(32).toString("hex").toUpperCase());
  // Beside the signing key of the throw-away PayPal.
  const file = join(folder, "dev", "demo.yaml");
  write(
    file,
    stringify({
      ...known,
      server: {
        ingest: { host: "127.0.0.1", port: 0, rateLimit: { perSecond: 100_000, burst: 100_000 } },
        admin: { host: "127.0.0.1", port: 0 },
      },
      sources: {
        ...known.sources,
        adyen: { provider: "adyen", secrets: [`\${file:${secretFile}}`] },
        generic: { ...known.sources.generic, hmac: { signed: "{timestamp}.{body}", timestampHeader: "x-timestamp" } },
      },
      log: { level: "warn" },
    }),
  );
  return { ...(await loadConfigFile({ config: file })), file };
}

function write(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}
