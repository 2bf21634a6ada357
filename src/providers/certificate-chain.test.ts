import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type CertificateRequest, issueCertificate } from "../adapters/embedded/certificates/issue-certificate.ts";
import { proveLeaf, readCertificates } from "./certificate-chain.ts";

const NAME = "messageverificationcerts.paypal.com";
const NOW = Date.parse("2026-06-01T12:00:00Z");
const key = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const [rootKey, middleKey, lowerKey, leafKey] = [key(), key(), key(), key()];

function issue(parts: Partial<CertificateRequest> & Pick<CertificateRequest, "subject" | "issuer">): X509Certificate {
  const pem = issueCertificate({
    subjectKey: leafKey.publicKey,
    issuerKey: rootKey.privateKey,
    validFrom: new Date("2026-01-01T00:00:00Z"),
    validTo: new Date("2026-12-31T23:59:59Z"),
    role: { kind: "leaf" },
    ...parts,
  });
  return new X509Certificate(pem);
}

const ca = (pathLength?: number) => ({ kind: "ca" as const, ...(pathLength === undefined ? {} : { pathLength }) });
const root = issue({ subject: "root", issuer: "root", subjectKey: rootKey.publicKey, role: ca() });
const middle = issue({ subject: "middle", issuer: "root", subjectKey: middleKey.publicKey, role: ca() });
const leaf = issue({ subject: NAME, issuer: "middle", issuerKey: middleKey.privateKey });

const prove = (presented: readonly X509Certificate[], { anchors = [root], intermediates = [middle], now = NOW } = {}) =>
  proveLeaf(presented, { anchors, intermediates }, [NAME], now);

describe("a leaf is proven", () => {
  test("through a known intermediate, for as long as the whole chain is valid", () => {
    const proven = prove([leaf]);
    expect(proven?.from).toBe(Date.parse("2026-01-01T00:00:00Z"));
    expect(proven?.until).toBe(Date.parse("2026-12-31T23:59:59Z"));
    expect(proven?.key.equals(leafKey.publicKey)).toBe(true);
  });

  test("through an intermediate that came with it, in any order", () => {
    expect(prove([leaf, middle], { intermediates: [] })).not.toBeNull();
    expect(prove([root, middle, leaf], { intermediates: [] })).not.toBeNull();
  });

  test("directly under a pinned intermediate", () => {
    expect(prove([leaf], { anchors: [middle], intermediates: [] })).not.toBeNull();
  });
});

describe("a leaf is not proven", () => {
  test("without its intermediate", () => {
    expect(prove([leaf], { intermediates: [] })).toBeNull();
  });

  test("by a root that came with it", () => {
    expect(prove([leaf, middle, root], { anchors: [] })).toBeNull();
  });

  test("when it signed itself", () => {
    const selfSigned = issue({ subject: NAME, issuer: NAME, issuerKey: leafKey.privateKey });
    expect(prove([selfSigned])).toBeNull();
  });

  test("when another key signed it in its issuer's name", () => {
    expect(prove([issue({ subject: NAME, issuer: "middle", issuerKey: lowerKey.privateKey })])).toBeNull();
  });

  test("when its issuer is no CA, though a CA issued that one", () => {
    const notCa = issue({ subject: "lower", issuer: "root", subjectKey: lowerKey.publicKey });
    const below = issue({ subject: NAME, issuer: "lower", issuerKey: lowerKey.privateKey });
    expect(prove([below, notCa])).toBeNull();
  });

  test("when a CA above it allows no further CA below itself", () => {
    const below = issue({ subject: NAME, issuer: "lower", issuerKey: lowerKey.privateKey });
    const lower = {
      subject: "lower",
      issuer: "strict",
      subjectKey: lowerKey.publicKey,
      issuerKey: middleKey.privateKey,
    };
    const strict = (pathLength: number) =>
      issue({ subject: "strict", issuer: "root", subjectKey: middleKey.publicKey, role: ca(pathLength) });
    const lowerCa = issue({ ...lower, role: ca(0) });
    expect(prove([below, lowerCa, strict(0)])).toBeNull();
    expect(prove([below, lowerCa, strict(1)])).not.toBeNull();
  });

  test.each([
    ["a millisecond before its first day", "2025-12-31T23:59:59.999Z"],
    ["after its last second", "2027-01-01T00:00:00Z"],
  ])("%s", (_, now) => {
    expect(prove([leaf], { now: Date.parse(now) })).toBeNull();
  });

  test("once its intermediate has expired", () => {
    const dates = { validTo: new Date("2026-05-31T00:00:00Z") };
    const expired = issue({ subject: "middle", issuer: "root", subjectKey: middleKey.publicKey, role: ca(), ...dates });
    expect(prove([leaf], { intermediates: [expired] })).toBeNull();
  });

  test.each([
    `${NAME}.evil.example`,
    `evil.${NAME}`,
    `x, CN=${NAME}`,
    `x\nCN=${NAME}`,
    `x + CN=${NAME}`,
    NAME.toUpperCase(),
  ])("under the name %j", (subject) => {
    expect(prove([issue({ subject, issuer: "middle", issuerKey: middleKey.privateKey })])).toBeNull();
  });
});

test("text without a certificate, with a broken one or with too many gives none", () => {
  const pem = leaf.toString();
  expect(readCertificates(pem)).toHaveLength(1);
  expect(readCertificates("")).toEqual([]);
  expect(readCertificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")).toEqual([]);
  expect(readCertificates(pem.repeat(9))).toEqual([]);
});
