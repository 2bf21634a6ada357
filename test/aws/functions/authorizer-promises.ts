import { beforeAll, expect, it } from "vitest";
import { apiGatewayEvent } from "../../support/aws/api-gateway-event.ts";
import type { Invocable } from "../../support/aws/invocable.ts";
import type { FunctionsWorld } from "./functions-world.ts";
import { signStripe, stripeBody, stripeDelivery } from "./stripe-delivery.ts";

const methodArn = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/prod/POST/webhooks/stripe";

export function describeAuthorizer(world: () => FunctionsWorld): void {
  let authorizer: Invocable;
  beforeAll(async () => {
    authorizer = await world().open("authorizer");
  });

  const request = (path: string, headers: Readonly<Record<string, string>>) => {
    // An authorizer sees everything but the body.
    const { body: _, isBase64Encoded: __, ...event } = apiGatewayEvent({ path, headers });
    return authorizer.invoke({ ...event, type: "REQUEST", methodArn });
  };
  const token = (authorizationToken: string) => authorizer.invoke({ type: "TOKEN", methodArn, authorizationToken });
  const policy = (Effect: string) => ({
    policyDocument: { Statement: [{ Action: "execute-api:Invoke", Effect, Resource: methodArn }] },
  });

  it("lets pass what can be authentic, whatever secret it was signed with, and asks for none", async () => {
    world().proxy.clear();
    expect(await request("/webhooks/stripe", stripeDelivery().headers)).toMatchObject(policy("Allow"));
    const forged = signStripe(stripeBody(), "whsec_of_somebody_else_0123456789").headers;
    expect(await request("/webhooks/stripe", forged)).toMatchObject(policy("Allow"));
    expect(world().proxy.calls()).toEqual([]);
  });

  it("says Unauthorized, which API Gateway answers 401, without a signature or with a malformed one", async () => {
    for (const headers of [{}, { "stripe-signature": "nonsense" }]) {
      await expect(request("/webhooks/stripe", headers)).rejects.toMatchObject({ message: "Unauthorized" });
    }
  });

  it("denies a source that is not there", async () => {
    expect(await request("/webhooks/nobody", stripeDelivery().headers)).toMatchObject(policy("Deny"));
  });

  it("lets a token pass and denies none, an empty one and the word invalid", async () => {
    expect(await token("Bearer something")).toMatchObject(policy("Allow"));
    for (const none of ["", "Bearer ", "invalid", "Bearer invalid"]) {
      expect(await token(none)).toMatchObject(policy("Deny"));
    }
  });
}
