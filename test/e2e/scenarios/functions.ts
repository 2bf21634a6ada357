import { expect, it } from "vitest";
import { acknowledged, fresh, settled, waitFor } from "./asking.ts";
import type { AwsDeployment } from "./aws-deployment.ts";

/** What only the functions on AWS have. */
export function functionScenarios(deployment: () => AwsDeployment): void {
  it("the functions log metrics under the names of the embedded inbox", async () => {
    await settled(
      deployment(),
      acknowledged(await deployment().send("stripe", "payment.succeeded", { payment: fresh("pi") })),
    );
    await deployment().reconcile();
    const logged = () =>
      waitFor(async () => {
        const text = [...(await deployment().written()).values()].join("\n");
        return text.includes("strongroom_processed_total") ? text : null;
      });
    const metrics = new Set((await logged()).match(/strongroom_\w+/g));
    expect([...metrics].sort()).toEqual([
      "strongroom_ack_seconds",
      "strongroom_backlog",
      "strongroom_clock_skew_seconds",
      "strongroom_dead_letters",
      "strongroom_oldest_pending_seconds",
      "strongroom_processed_total",
      "strongroom_received_total",
    ]);
  });

  it("the reconciler leaves alone what is on its way or done", async () => {
    expect(await deployment().reconcile()).toMatchObject({ repaired: 0 });
  });
}
