import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { issueCertificate } from "../adapters/embedded/certificates/issue-certificate.ts";
import { isCertificateUrl, verifyPaypal } from "./paypal-signature.ts";
import { paypalSampler } from "./samples/paypal.ts";

const NOW = Date.parse("2026-06-01T12:00:00Z");
const HOUR = 3_600_000;
const CERT_URL = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1";
const body = Buffer.from('{"id":"WH-1","summary":"12.34 €"}');

const root = generateKeyPairSync("ec", { namedCurve: "P-256" });
const leaf = generateKeyPairSync("rsa", { modulusLength: 2048 });
const issue = (subject: string, subjectKey: typeof leaf.publicKey, kind: "ca" | "leaf") =>
  issueCertificate({
    subject,
    issuer: "root",
    subjectKey,
    issuerKey: root.privateKey,
    validFrom: new Date(NOW - 24 * HOUR),
    validTo: new Date(NOW + 24 * HOUR),
    role: { kind },
  });
const rootPem = issue("root", root.publicKey, "ca");
const leafPem = issue("messageverificationcerts.sandbox.paypal.com", leaf.publicKey, "leaf");
const settings = { webhookId: "1JE4291016473214C", certs: { roots: [rootPem] } };
const signingKey = leaf.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const signAt = (now: number, webhookId = settings.webhookId) =>
  paypalSampler.sign(body, { secret: null, settings: { webhookId }, now, signingKey, certUrl: CERT_URL });

function verify(
  headers: Readonly<Record<string, string | readonly string[]>>,
  changed: { now?: number; pem?: string | null; settings?: Readonly<Record<string, unknown>>; body?: Buffer } = {},
) {
  const asked: string[] = [];
  const certificate = async (url: string) => {
    asked.push(url);
    return changed.pem === undefined ? leafPem : changed.pem;
  };
  const context = { secrets: [], settings: changed.settings ?? settings, now: changed.now ?? NOW, certificate };
  return Promise.resolve(verifyPaypal({ headers, body: changed.body ?? body }, context)).then((said) => ({
    said,
    asked,
  }));
}

test("a signed delivery is authentic and bound to its transmission id", async () => {
  const headers = signAt(NOW);
  const { said, asked } = await verify(headers);
  expect(said).toEqual({ kind: "authentic", secretIndex: 0, boundTo: headers["paypal-transmission-id"] });
  expect(asked).toEqual([CERT_URL]);
});

test("a certificate out of reach leaves the delivery undecided", async () => {
  expect((await verify(signAt(NOW), { pem: null })).said).toEqual({
    kind: "unverifiable",
    reason: "certificate_unreachable",
  });
});

describe("the certificate URL", () => {
  test.each([
    "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1a5f47cb",
    "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
    "https://api-m.paypal.com/v1/notifications/certs/CERT-1",
    "https://api-m.sandbox.paypal.com/v1/notifications/certs/CERT-1",
  ])("%s is PayPal's", (url) => {
    expect(isCertificateUrl(url)).toBe(true);
  });

  test.each([
    "http://api.paypal.com/v1/notifications/certs/CERT-1",
    "HTTPS://api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
    "https://user@api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
    "https://evil.example/#https://api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
    "https://www.paypal.com/v1/notifications/certs/CERT-1",
    "https://apixpaypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com\\@evil.example/v1/notifications/certs/CERT-1",
    "https://api.paypal.com/v1/notifications/certs/../../../redirect",
    "https://api.paypal.com/v1/notifications/certs/%2e%2e",
    "https://api.paypal.com/v1/notifications/certs/..",
    "https://api.paypal.com/v1/notifications/certs/",
    "https://api.paypal.com/v1/notifications/certs/CERT-1/x",
    "https://api.paypal.com/v1/notifications/certs/CERT-1?u=https://evil.example",
    "https://api.paypal.com/v1/notifications/certs/CERT-1#x",
    "https://api.paypal.com/v1/notifications/certs/CERT-1\n",
    " https://api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com/v1/notifications/CERT-1",
    "file:///etc/passwd",
  ])("%j is refused and never asked for", async (url) => {
    const { said, asked } = await verify({ ...signAt(NOW), "paypal-cert-url": url });
    expect(said).toEqual({ kind: "forged", reason: "untrusted_certificate" });
    expect(asked).toEqual([]);
  });
});

describe("the transmission time", () => {
  test.each([
    ["78 hours ago is still in time, for the last retry", -78 * HOUR, "authentic"],
    ["a second more is not", -78 * HOUR - 1000, "stale_timestamp"],
    ["five minutes ahead is in time", 300_000, "authentic"],
    ["a second more is not in time", 301_000, "future_timestamp"],
  ])("%s", async (_, offset, expected) => {
    const { said } = await verify(signAt(NOW + offset));
    expect(said.kind === "forged" ? said.reason : said.kind).toBe(expected);
  });

  test("that is old is only told to who has signed it", async () => {
    const headers = signAt(NOW - 100 * HOUR, "ANOTHERWEBHOOK");
    expect((await verify(headers)).said).toEqual({ kind: "forged", reason: "wrong_signature" });
  });

  test("is used as it is written", async () => {
    const headers = signAt(NOW);
    const other = { ...headers, "paypal-transmission-time": "2026-06-01T12:00:00.000Z" };
    expect((await verify(other)).said).toMatchObject({ kind: "forged", reason: "wrong_signature" });
  });
});

test.each([
  ["paypal-auth-algo", "SHA1withRSA", "unknown_algorithm"],
  ["paypal-auth-algo", "sha256withrsa", "unknown_algorithm"],
  ["paypal-transmission-id", "a|b", "malformed_signature"],
  ["paypal-transmission-time", "2018-19-12T22:20:32.000Z", "malformed_signature"],
  ["paypal-transmission-sig", "AAAA=", "malformed_signature"],
  ["paypal-transmission-sig", "AAAA", "wrong_signature"],
])("%s: %s is refused as %s", async (name, value, reason) => {
  expect((await verify({ ...signAt(NOW), [name]: value })).said).toEqual({ kind: "forged", reason });
});

test("a signature with white space or stray bits is another signature", async () => {
  const headers = signAt(NOW);
  const signature = String(headers["paypal-transmission-sig"]);
  const last = signature.indexOf("=") - 1;
  const strayBits = `${signature.slice(0, last)}${signature[last] === "Q" ? "R" : "B"}==`;
  for (const spelling of [
    `${signature}\n`,
    signature.replace(/^..../, "$& "),
    signature.replaceAll("=", ""),
    strayBits,
  ]) {
    const { said } = await verify({ ...headers, "paypal-transmission-sig": spelling });
    expect(said.kind).toBe("forged");
  }
});

test("the simulator's webhook id is no fallback, and without a webhook id nothing is believed", async () => {
  expect((await verify(signAt(NOW, "WEBHOOK_ID"))).said).toMatchObject({ reason: "wrong_signature" });
  for (const webhookId of [undefined, ""]) {
    const { said } = await verify(signAt(NOW, String(webhookId)), { settings: { ...settings, webhookId } });
    expect(said).toEqual({ kind: "forged", reason: "no_secret" });
  }
});

test("a certificate that was believed once is judged again at every delivery's time", async () => {
  expect((await verify(signAt(NOW))).said.kind).toBe("authentic");
  const later = NOW + 25 * HOUR;
  expect((await verify(signAt(later), { now: later })).said).toMatchObject({ reason: "untrusted_certificate" });
  const { said } = await verify(signAt(NOW), { settings: { ...settings, certs: { roots: [] } } });
  expect(said).toMatchObject({ reason: "untrusted_certificate" });
});

test("a certificate with a key that is not RSA verifies nothing", async () => {
  const other = generateKeyPairSync("ed25519");
  const pem = issue("messageverificationcerts.paypal.com", other.publicKey, "leaf");
  expect((await verify(signAt(NOW), { pem })).said).toEqual({ kind: "forged", reason: "wrong_signature" });
});
