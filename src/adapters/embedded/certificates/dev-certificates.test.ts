import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { verifyPaypal } from "../../../providers/paypal-signature.ts";
import { paypalSampler } from "../../../providers/samples/paypal.ts";
import { createDevCertificates } from "./dev-certificates.ts";

const certUrl = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-dev";
const made = createDevCertificates();

test("the leaf has PayPal's sandbox name, is issued by the root and fits the key", () => {
  const root = new X509Certificate(made.rootPem);
  const leaf = new X509Certificate(made.leafPem);
  expect([root.ca, leaf.ca]).toEqual([true, false]);
  expect(leaf.subject).toBe("CN=messageverificationcerts.sandbox.paypal.com");
  expect(leaf.checkIssued(root) && leaf.verify(root.publicKey) && root.verify(root.publicKey)).toBe(true);
  expect(leaf.checkPrivateKey(createPrivateKey(made.privateKeyPem))).toBe(true);
  expect(Date.parse(leaf.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(leaf.validTo)).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
});

test("a delivery signed with the key is believed under its own root and under no other", async () => {
  const body = Buffer.from("{}");
  const now = Date.now();
  const verify = (roots: readonly string[]) => {
    const settings = { webhookId: "1JE4291016473214C", certs: { roots } };
    const headers = paypalSampler.sign(body, { secret: null, settings, now, signingKey: made.privateKeyPem, certUrl });
    return verifyPaypal({ headers, body }, { secrets: [], settings, now, certificate: async () => made.leafPem });
  };
  expect(await verify([made.rootPem])).toMatchObject({ kind: "authentic" });
  expect(await verify([createDevCertificates().rootPem])).toMatchObject({ reason: "untrusted_certificate" });
  expect(await verify([])).toMatchObject({ reason: "untrusted_certificate" });
});
