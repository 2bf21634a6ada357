import { type KeyObject, X509Certificate } from "node:crypto";

/** Certificates that a chain may end at or pass through. */
export interface Trust {
  /** Believed as they are, as soon as they are valid CAs: roots, or an intermediate that somebody chose to pin. */
  readonly anchors: readonly X509Certificate[];
  /** Known, not believed: each has to be issued by an anchor, directly or through others. */
  readonly intermediates: readonly X509Certificate[];
}

/** A leaf whose chain was proven. Believe it only between the two times (epoch milliseconds, inclusive). */
export interface ProvenLeaf {
  readonly key: KeyObject;
  readonly from: number;
  readonly until: number;
}

// Real chains have one intermediate; more than this is somebody trying things.
const MAX_CERTIFICATES = 8;
const MAX_INTERMEDIATES = 4;

/** Every certificate in a PEM text, in order. Empty when there is none, when there are too many, or one is broken. */
export function readCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length > MAX_CERTIFICATES) return [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

/**
 * Proves the one certificate of `presented` whose subject has exactly one of `commonNames`, through the others and
 * `trust.intermediates`, up to an anchor, everything valid at `now` (epoch milliseconds). Null when it cannot.
 * The rules are those of RFC 5280 section 6 that apply to a chain without name constraints: names, signatures,
 * validity, CA flag and key usage, path length. Node checks none of the last three by itself.
 */
export function proveLeaf(
  presented: readonly X509Certificate[],
  trust: Trust,
  commonNames: readonly string[],
  now: number,
): ProvenLeaf | null {
  const leaf = presented.find((certificate) => !certificate.ca && hasCommonName(certificate, commonNames));
  if (leaf === undefined) return null;
  const between = [...presented, ...trust.intermediates].filter((certificate) => certificate.ca);
  try {
    const path = findPath(leaf, between, trust.anchors, now, 0);
    if (path === null) return null;
    return {
      key: leaf.publicKey,
      from: Math.max(...path.map((certificate) => Date.parse(certificate.validFrom))),
      until: Math.min(...path.map((certificate) => Date.parse(certificate.validTo))),
    };
  } catch {
    // OpenSSL throws on keys and encodings that it does not know: nothing was proven.
    return null;
  }
}

/** One line per name part; a value's own line breaks and plus signs are escaped, so a CN cannot be smuggled in. */
function hasCommonName(certificate: X509Certificate, commonNames: readonly string[]): boolean {
  const names = certificate.subject.split("\n").filter((line) => line.includes("CN="));
  return names.length === 1 && commonNames.some((name) => names[0] === `CN=${name}`);
}

/** The certificates from `certificate` up to and including an anchor. `below`: intermediates already on the path. */
function findPath(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: number,
  below: number,
): readonly X509Certificate[] | null {
  if (!isValidAt(certificate, now)) return null;
  const anchor = anchors.find((candidate) => isValidAt(candidate, now) && hasIssued(candidate, certificate, below));
  if (anchor !== undefined) return [certificate, anchor];
  if (below === MAX_INTERMEDIATES) return null;
  for (const candidate of between) {
    if (!hasIssued(candidate, certificate, below)) continue;
    const rest = findPath(candidate, between, anchors, now, below + 1);
    if (rest !== null) return [certificate, ...rest];
  }
  return null;
}

function hasIssued(issuer: X509Certificate, certificate: X509Certificate, below: number): boolean {
  return (
    issuer.ca &&
    pathLength(issuer) >= below &&
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey) &&
    issuer.fingerprint256 !== certificate.fingerprint256
  );
}

function isValidAt(certificate: X509Certificate, now: number): boolean {
  return Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
}

/** How many intermediates a CA allows below itself. Node does not say, so it is read from basicConstraints' DER. */
function pathLength(certificate: X509Certificate): number {
  const constraint = /0603551d13(?:0101ff)?04..30..0101ff0201(..)/.exec(certificate.raw.toString("hex"));
  return constraint?.[1] === undefined ? Number.POSITIVE_INFINITY : Number.parseInt(constraint[1], 16);
}
