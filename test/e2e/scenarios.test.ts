import { afterAll, describe } from "vitest";
import { unusedPort } from "../support/run-cli.ts";
import {
  DESTINATION_SECRETS,
  destinationConfig,
  destinationScenarios,
  type Receivers,
} from "./scenarios/destinations.ts";
import { embeddedDeployment } from "./scenarios/embedded-deployment.ts";
import { HANDLER, HANDLER_PROCESSOR, handlerScenarios } from "./scenarios/handlers.ts";
import { limitScenarios, NEVER_DONE, TIGHT_LIMITS } from "./scenarios/limits.ts";
import { operatorScenarios } from "./scenarios/operations.ts";
import { paymentScenarios } from "./scenarios/payments.ts";
import { openReceiver } from "./scenarios/receiver.ts";
import { refusalScenarios } from "./scenarios/refusals.ts";

describe("an inbox with a source of every provider", () => {
  const deployment = embeddedDeployment(() => ({}));
  paymentScenarios(deployment);
  refusalScenarios(deployment);
  operatorScenarios(deployment);
});

describe("an inbox with a handler", () => {
  handlerScenarios(embeddedDeployment(() => ({ handler: HANDLER, config: { processor: HANDLER_PROCESSOR } })));
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
});

describe("an inbox that takes little", () => {
  const { handler, processor } = NEVER_DONE;
  limitScenarios(embeddedDeployment(() => ({ handler, config: { processor, server: { ingest: TIGHT_LIMITS } } })));
});
