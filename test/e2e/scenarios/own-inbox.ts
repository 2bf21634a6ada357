import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type InboxConfig, type InboxProcess, startInboxProcess } from "../../support/inbox-process.ts";

export const STRIPE_SECRET = "whsec_canaryProcess0011223344556677";
export const STRIPE_SOURCE = { stripe: { provider: "stripe", secrets: ["${env:STRIPE}"] } };

/** An inbox with one source for the test that runs; it ends with the test. */
export async function startOwnInbox(
  config: InboxConfig,
  {
    env = {},
    folder = ownFolder(),
  }: { readonly env?: Readonly<Record<string, string>>; readonly folder?: string } = {},
): Promise<{ readonly inbox: InboxProcess; readonly folder: string }> {
  const inbox = await startInboxProcess({
    folder,
    config: { sources: STRIPE_SOURCE, ...config },
    env: { STRIPE: STRIPE_SECRET, ...env },
  });
  onTestFinished(async () => void (await inbox.stop("SIGKILL")));
  return { inbox, folder };
}

/** A folder that goes away with the test. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-own-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
