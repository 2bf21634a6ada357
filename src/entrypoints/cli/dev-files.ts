import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../../config/config.ts";
import type { SigningKey } from "./sample-delivery.ts";

/** What `strongroom dev` is configured with, under `{dataDir}/dev`. */
export interface DevFiles {
  /** A configuration file like any other. */
  readonly configFile: string;
}

/**
 * Makes the throw-away secrets, certificates and configuration of `strongroom dev` where they are not there yet, so
 * that they outlive a restart. Everything is readable by its owner only.
 */
export async function prepareDevFiles(dataDir: string, forward: string | undefined): Promise<DevFiles> {
  const directory = join(dataDir, "dev");
  makeDirectory(directory);
  const secret = (name: string, make: () => string) => {
    const file = join(directory, `${name}.secret`);
    if (!existsSync(file)) write(file, make());
    return `\${file:${file}}`;
  };
  const webhookId = join(directory, "paypal-webhook-id");
  if (!existsSync(webhookId)) write(webhookId, randomBytes(9).toString("hex").toUpperCase().slice(0, 17));
  if (!existsSync(join(directory, SIGNING_KEY))) await makeCertificates(directory);

  const { writeYaml } = await import("./write-yaml.ts");
  const configFile = join(directory, "strongroom.yaml");
  write(
    configFile,
    DO_NOT_EDIT +
      writeYaml({
        version: 1,
        // Throw-away secrets are not for a network to try.
        server: { ingest: { host: "127.0.0.1" } },
        store: { dataDir },
        sources: {
          stripe: { provider: "stripe", secrets: [secret("stripe", () => `whsec_${randomBytes(32).toString("hex")}`)] },
          paypal: {
            provider: "paypal",
            webhookId: readFileSync(webhookId, "utf8"),
            certs: { dir: join(directory, "certs"), roots: [join(directory, ROOT)] },
          },
          square: {
            provider: "square",
            secrets: [secret("square", () => randomBytes(16).toString("base64url"))],
            notificationUrl: "http://127.0.0.1:4640/webhooks/square",
          },
          generic: {
            provider: "generic",
            secrets: [secret("generic", () => `whsec_${randomBytes(32).toString("base64")}`)],
          },
        },
        ...(forward === undefined ? {} : { destinations: { forward: { url: forward, format: "original" } } }),
      }),
  );
  return { configFile };
}

/** The key with which the PayPal source of `strongroom dev` is signed for; empty for any other configuration. */
export function devSigningKey(config: Config): SigningKey {
  if (config.file === null) return {};
  const file = join(dirname(config.file), SIGNING_KEY);
  return existsSync(file) ? { signingKey: readFileSync(file, "utf8"), certUrl: CERT_URL } : {};
}

const DO_NOT_EDIT = "# Written by `strongroom dev` at every start. Your own configuration: `strongroom init`.\n";
const SIGNING_KEY = "paypal-signing-key.pem";
const ROOT = "paypal-root.pem";
// Names the file in `certs.dir`; with it there, nothing is fetched.
const CERT_ID = "CERT-strongroom-dev";
const CERT_URL = `https://api.sandbox.paypal.com/v1/notifications/certs/${CERT_ID}`;

async function makeCertificates(directory: string): Promise<void> {
  const { createDevCertificates } = await import("../../adapters/embedded/certificates/dev-certificates.ts");
  const { rootPem, leafPem, privateKeyPem } = createDevCertificates();
  makeDirectory(join(directory, "certs"));
  write(join(directory, "certs", `${CERT_ID}.pem`), leafPem);
  write(join(directory, ROOT), rootPem);
  // Last, because its presence says that all is there.
  write(join(directory, SIGNING_KEY), privateKeyPem);
}

function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

/** A crash leaves the old file or the new one, whatever the umask. */
function write(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
}
