import { type KeyObject, randomBytes, sign } from "node:crypto";
import { bitString, explicit, integer, nullValue, octetString, oid, sequence, set, TRUE, text, time } from "./der.ts";

export interface CertificateRequest {
  /** Common names. */
  readonly subject: string;
  readonly issuer: string;
  /** The subject's public key. */
  readonly subjectKey: KeyObject;
  /** The issuer's private key: RSA, or EC on P-256. */
  readonly issuerKey: KeyObject;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** `pathLength`: how many intermediates may be below a CA; any number without it. */
  readonly role: { readonly kind: "leaf" } | { readonly kind: "ca"; readonly pathLength?: number };
}

/** Issues an X.509 v3 certificate (RFC 5280), as PEM. */
export function issueCertificate(request: CertificateRequest): string {
  const algorithm = signatureAlgorithm(request.issuerKey);
  const certificate = sequence(
    explicit(0, integer(2)),
    // Positive and without a leading zero.
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    name(request.issuer),
    sequence(time(request.validFrom), time(request.validTo)),
    name(request.subject),
    request.subjectKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(basicConstraints(request.role), keyUsage(request.role))),
  );
  const signature = sign("sha256", certificate, request.issuerKey);
  const der = sequence(certificate, algorithm, bitString(signature));
  const lines = der.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function signatureAlgorithm(key: KeyObject): Buffer {
  return key.asymmetricKeyType === "rsa"
    ? sequence(oid("1.2.840.113549.1.1.11"), nullValue())
    : sequence(oid("1.2.840.10045.4.3.2"));
}

function name(commonName: string): Buffer {
  return sequence(set(sequence(oid("2.5.4.3"), text(commonName))));
}

function basicConstraints(role: CertificateRequest["role"]): Buffer {
  const isCa = role.kind === "ca" ? [TRUE] : [];
  const pathLength = role.kind === "ca" && role.pathLength !== undefined ? [integer(role.pathLength)] : [];
  return sequence(oid("2.5.29.19"), TRUE, octetString(sequence(...isCa, ...pathLength)));
}

function keyUsage({ kind }: CertificateRequest["role"]): Buffer {
  // keyCertSign and cRLSign, or digitalSignature; the first byte counts the unused bits.
  const bits = kind === "ca" ? [0x03, 0x02, 0x01, 0x06] : [0x03, 0x02, 0x07, 0x80];
  return sequence(oid("2.5.29.15"), TRUE, octetString(Buffer.from(bits)));
}
