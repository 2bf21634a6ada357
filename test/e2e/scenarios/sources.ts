import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createDevCertificates } from "../../../src/adapters/embedded/certificates/dev-certificates.ts";
import type { TestSource } from "./sender.ts";

/** Secrets that must be seen nowhere. They have no character that any format escapes. */
export const SECRETS = {
  STRIPE_SECRET: "whsec_canaryStripe5d1f0a9b7c3e2468",
  STRIPE_OLD_SECRET: "whsec_canaryOldStripe0f1e2d3c4b5a",
  SQUARE_SECRET: "canarySquare9b8a7c6d5e4f",
  ADYEN_SECRET: "C0FFEE00C0FFEE11C0FFEE22C0FFEE33C0FFEE44C0FFEE55C0FFEE66C0FFEE77",
  GENERIC_SECRET: "canaryGeneric1a2b3c4d5e6f7081",
  STANDARD_SECRET: `whsec_${Buffer.from("canary-standard-webhooks-32-byte").toString("base64")}`,
} as const;

const NOTIFICATION_URL = "https://hooks.example.com/webhooks/square";
const CERT_ID = "CERT-360caa42-scenarios";
const CERT_URL = `https://api.sandbox.paypal.com/v1/notifications/certs/${CERT_ID}`;
const WEBHOOK_ID = "4JH86294D6297924G";

/** A source of every provider: as the configuration has it, and as the provider knows it. PayPal's files go to `folder`. */
export function everySource(folder: string): {
  readonly config: Readonly<Record<string, object>>;
  readonly known: Readonly<Record<string, TestSource>>;
} {
  const { rootPem, leafPem, privateKeyPem } = createDevCertificates();
  const root = join(folder, "paypal-root.pem");
  writeFileSync(root, rootPem);
  writeFileSync(join(folder, `${CERT_ID}.pem`), leafPem);
  const ref = (name: keyof typeof SECRETS) => [`\${env:${name}}`];
  const fiveMinutes = 300_000;
  return {
    config: {
      stripe: { provider: "stripe", secrets: ["${env:STRIPE_SECRET}", "${env:STRIPE_OLD_SECRET?}"] },
      paypal: { provider: "paypal", webhookId: WEBHOOK_ID, certs: { dir: folder, roots: [root] } },
      square: { provider: "square", secrets: ref("SQUARE_SECRET"), notificationUrl: NOTIFICATION_URL },
      adyen: { provider: "adyen", secrets: ref("ADYEN_SECRET") },
      generic: { provider: "generic", secrets: ref("GENERIC_SECRET") },
      standard: { provider: "standard-webhooks", secrets: ref("STANDARD_SECRET") },
    },
    known: {
      stripe: { provider: "stripe", secret: SECRETS.STRIPE_SECRET, settings: { tolerance: fiveMinutes } },
      paypal: {
        provider: "paypal",
        secret: null,
        settings: { webhookId: WEBHOOK_ID },
        signingKey: privateKeyPem,
        certUrl: CERT_URL,
      },
      square: { provider: "square", secret: SECRETS.SQUARE_SECRET, settings: { notificationUrl: NOTIFICATION_URL } },
      adyen: { provider: "adyen", secret: SECRETS.ADYEN_SECRET, settings: {} },
      generic: { provider: "generic", secret: SECRETS.GENERIC_SECRET, settings: {} },
      standard: {
        provider: "standard-webhooks",
        secret: SECRETS.STANDARD_SECRET,
        settings: { tolerance: fiveMinutes },
      },
    },
  };
}
