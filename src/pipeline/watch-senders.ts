import type { ForgeryReason } from "../domain/outcome.ts";
import type { Alerts } from "../ports/alerts.ts";
import type { Clock } from "../ports/clock.ts";

/** Looks at what senders do rather than at what they send, and tells people when it is out of the ordinary. */
export interface SenderWatch {
  authentic(source: string, signedAt: number | undefined): void;
  forged(source: string, reason: ForgeryReason, signedAt: number | undefined): void;
}

/** A provider's clock and ours agree to a few seconds; a minute apart, deliveries will soon be refused as stale. */
const SKEW_MS = 60_000;
/** As many forged deliveries of one source within a minute are no accident: an attack, or a secret that changed. */
const FAILURES = 20;
const WINDOW_MS = 60_000;

export function watchSenders(alerts: Alerts, clock: Clock): SenderWatch {
  const failures = new Map<string, { since: number; count: number }>();

  return {
    authentic: judgeClock,
    forged(source, reason, signedAt) {
      // The signature was right: only the time was not.
      if (reason === "stale_timestamp" || reason === "future_timestamp") judgeClock(source, signedAt);
      const now = clock.monotonic();
      let recent = failures.get(source);
      if (recent === undefined || now - recent.since > WINDOW_MS) {
        recent = { since: now, count: 0 };
        failures.set(source, recent);
      }
      recent.count++;
      if (recent.count !== FAILURES) return;
      alerts.raise(
        "auth.failures",
        source,
        `${FAILURES} deliveries within a minute were not authentic (last: ${reason}).`,
      );
    },
  };

  function judgeClock(source: string, signedAt: number | undefined): void {
    if (signedAt === undefined) return;
    const skewMs = signedAt - clock.now();
    if (Math.abs(skewMs) < SKEW_MS) return;
    const [seconds, way] = [Math.round(Math.abs(skewMs) / 1000), skewMs < 0 ? "behind" : "ahead of"];
    alerts.raise("clock.skew", source, `The signing time is ${seconds} s ${way} this machine's clock.`);
  }
}
