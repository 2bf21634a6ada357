import { afterAll, beforeAll, describe } from "vitest";
import { isAvailable, UNAVAILABLE } from "../support/aws/dynamodb.ts";
import { describeArchiver } from "./functions/archiver-promises.ts";
import { describeAuditor } from "./functions/auditor-promises.ts";
import { describeAuthorizer } from "./functions/authorizer-promises.ts";
import { type FunctionsWorld, startFunctionsWorld } from "./functions/functions-world.ts";
import { describeProcessor } from "./functions/processor-promises.ts";
import { describeOutages } from "./functions/receiver-outages.ts";
import { describeReceiver } from "./functions/receiver-promises.ts";
import { describeReconciler } from "./functions/reconciler-promises.ts";

if (!isAvailable()) console.warn(UNAVAILABLE);

const CONFIG = `
server: { ingest: { maxBodyBytes: 4096 } }
processor: { retry: { maxAttempts: 3, base: "2s", max: "4s" } }
sources:
  stripe: { provider: stripe, secrets: ["\${env:NOT_SET_HERE}"] }
  plain: { provider: generic, lenient: true, secrets: ["\${env:NOT_SET_HERE}"], hmac: { header: x-signature, encoding: hex, signed: "{body}" } }
`;

const HANDLER = `export async function onEvent({ providerEventId }) {
  if (providerEventId.startsWith("evt_refused")) throw new Error("the handler refuses it");
}
`;

describe.runIf(isAvailable())("on AWS, by itself,", () => {
  let world: FunctionsWorld;
  beforeAll(async () => {
    world = await startFunctionsWorld({ suffix: "functions", config: CONFIG, handler: HANDLER });
  });
  afterAll(() => world.stop());

  const here = () => world;
  describe("the receiver", () => describeReceiver(here));
  describe("the receiver, while a service is down,", () => describeOutages(here));
  describe("the processor", () => describeProcessor(here, CONFIG));
  describe("the archiver", () => describeArchiver(here));
  describe("the auditor", () => describeAuditor(here));
  describe("the reconciler", () => describeReconciler(here));
  describe("the authorizer", () => describeAuthorizer(here));
});
