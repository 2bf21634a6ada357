import { generateKeyPairSync } from "node:crypto";
import { issueCertificate } from "./issue-certificate.ts";

export interface DevCertificates {
  /** To be trusted by a source of `strongroom dev` and by nothing else. */
  readonly rootPem: string;
  /** A certificate like PayPal's, RSA 2048, issued by the root. */
  readonly leafPem: string;
  /** The leaf's private key, PKCS #8. */
  readonly privateKeyPem: string;
}

const DAY = 24 * 60 * 60_000;
const ROOT_NAME = "Strongroom throw-away root";

/** Makes throw-away certificates, valid from yesterday for ten years. The root's key is gone afterwards. */
export function createDevCertificates(): DevCertificates {
  // Only PayPal's own key has to be RSA; an EC root takes no time to make.
  const root = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const leaf = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const common = {
    issuer: ROOT_NAME,
    issuerKey: root.privateKey,
    validFrom: new Date(Date.now() - DAY),
    validTo: new Date(Date.now() + 3650 * DAY),
  };
  return {
    rootPem: issueCertificate({ ...common, subject: ROOT_NAME, subjectKey: root.publicKey, role: { kind: "ca" } }),
    leafPem: issueCertificate({
      ...common,
      subject: "messageverificationcerts.sandbox.paypal.com",
      subjectKey: leaf.publicKey,
      role: { kind: "leaf" },
    }),
    privateKeyPem: leaf.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
