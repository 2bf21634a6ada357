import { describe } from "vitest";
import { isAvailable, UNAVAILABLE } from "../support/aws/dynamodb.ts";
import { operatorAws } from "../support/aws/operator-aws.ts";
import { awsDeployment } from "./scenarios/aws-deployment.ts";
import { functionScenarios } from "./scenarios/functions.ts";
import { HANDLER, HANDLER_PROCESSOR, handlerScenarios } from "./scenarios/handlers.ts";
import { operatorScenarios } from "./scenarios/operations.ts";
import { paymentScenarios } from "./scenarios/payments.ts";
import { refusalScenarios } from "./scenarios/refusals.ts";
import { secrecyScenarios } from "./scenarios/secrecy.ts";

if (!isAvailable()) console.warn(UNAVAILABLE);

describe.runIf(isAvailable())("on AWS", () => {
  const aws = operatorAws();

  describe("a stack with a source of every provider", () => {
    const deployment = awsDeployment(aws, { suffix: "plain" });
    paymentScenarios(deployment);
    refusalScenarios(deployment);
    operatorScenarios(deployment);
    functionScenarios(deployment);
    secrecyScenarios(deployment);
  });

  describe("a stack with a handler", () => {
    const deployment = awsDeployment(aws, {
      suffix: "handler",
      handler: HANDLER,
      config: { processor: { ...HANDLER_PROCESSOR, handlerTimeout: "1s" } },
      mortal: ["processor"],
    });
    handlerScenarios(deployment, { endedProcess: "interrupted" });
    secrecyScenarios(deployment, { id: "evt_permanent" });
  });
});
