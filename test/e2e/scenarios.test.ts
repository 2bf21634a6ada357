import { afterAll, describe } from "vitest";
import { unusedPort } from "../support/run-cli.ts";
import { adminAccessScenarios } from "./scenarios/admin-access.ts";
import {
  DESTINATION_SECRETS,
  destinationConfig,
  destinationScenarios,
  type Receivers,
} from "./scenarios/destinations.ts";
import { embeddedDeployment } from "./scenarios/embedded-deployment.ts";
import { HANDLER, HANDLER_PROCESSOR, handlerScenarios } from "./scenarios/handlers.ts";
import { limitScenarios, NEVER_DONE, slowBodyScenario, TIGHT_LIMITS } from "./scenarios/limits.ts";
import { metricsScenarios, operatorScenarios } from "./scenarios/operations.ts";
import { paymentScenarios } from "./scenarios/payments.ts";
import { processScenarios } from "./scenarios/processes.ts";
import { openReceiver } from "./scenarios/receiver.ts";
import { refusalScenarios } from "./scenarios/refusals.ts";
import { fileModeScenarios, secrecyScenarios } from "./scenarios/secrecy.ts";

describe("an inbox with a source of every provider", () => {
  const deployment = embeddedDeployment(() => ({}));
  paymentScenarios(deployment);
  refusalScenarios(deployment);
  operatorScenarios(deployment);
  metricsScenarios(deployment);
  secrecyScenarios(deployment);
  fileModeScenarios(deployment);
});

describe("an inbox with a handler", () => {
  const deployment = embeddedDeployment(() => ({ handler: HANDLER, config: { processor: HANDLER_PROCESSOR } }));
  handlerScenarios(deployment, { endedProcess: "failed" });
  slowBodyScenario(deployment);
  secrecyScenarios(deployment, { id: "evt_permanent" });
  fileModeScenarios(deployment);
});

describe("an inbox with destinations", () => {
  let receivers: Receivers;
  const deployment = embeddedDeployment(async () => {
    receivers = { ledger: await openReceiver(), legacy: await openReceiver(), absentPort: await unusedPort() };
    return { config: { destinations: destinationConfig(receivers) }, env: DESTINATION_SECRETS };
  });
  afterAll(async () => {
    await Promise.all([receivers.ledger.close(), receivers.legacy.close()]);
  });
  destinationScenarios(deployment, () => receivers);
  secrecyScenarios(deployment, { secrets: DESTINATION_SECRETS });
  fileModeScenarios(deployment);
});

describe("an inbox that takes little", () => {
  const { handler, processor } = NEVER_DONE;
  limitScenarios(embeddedDeployment(() => ({ handler, config: { processor, server: { ingest: TIGHT_LIMITS } } })));
});

describe("an inbox of its own for each scenario", () => {
  processScenarios();
  adminAccessScenarios();
});
