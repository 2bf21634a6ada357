import type { Delivery, Provider } from "../domain/provider.ts";
import { type BodyChange, possibleOriginals } from "./diagnose-body.ts";
import { explainForgery, explainNoMatch, explainSkew } from "./diagnose-explain.ts";
import { signatureHeadersOf } from "./signature-headers.ts";

/** A source with everything that could explain a signature. Only `ref` of a secret is ever shown. */
export interface DiagnosableSource {
  readonly name: string;
  readonly provider: Provider;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: readonly NamedSecret[];
}

export interface NamedSecret {
  readonly ref: string;
  readonly value: string;
  /** Epoch milliseconds after which it no longer verifies anything; null for no end. */
  readonly notAfter: number | null;
}

export interface DiagnoseContext {
  /** All configured sources, the one that is asked about included. */
  readonly sources: readonly DiagnosableSource[];
  readonly source: DiagnosableSource;
  /** Epoch milliseconds; tolerances and the ends of secrets are judged at this time. */
  readonly now: number;
  /** As in `VerifyContext`; asked again for every trial. */
  readonly certificate: (url: string) => Promise<string | null>;
}

export interface Diagnosis {
  readonly authentic: boolean;
  /** A stable code, for example `wrong_secret`; null when there is nothing to say. */
  readonly reason: string | null;
  /** One sentence for a person. Holds no secret, no signature and nothing of the body. */
  readonly explanation: string;
  /** The reference of the secret that made the signature, as far as it is known. */
  readonly secret: string | null;
}

/**
 * Says whether a delivery is authentic for a source and, if it is not, the most likely cause: it looks for one change
 * of the secret, the header, the URL or the body that would make the signature right. Only authenticity counts.
 */
export async function diagnose(delivery: Delivery, context: DiagnoseContext): Promise<Diagnosis> {
  const { source, now } = context;
  const verify = verifier(source.provider, now, context.certificate);
  const valid = source.secrets.filter((secret) => secret.notAfter === null || now <= secret.notAfter);
  const verdict = await verify({ delivery, settings: source.settings, secrets: valid });

  if (verdict.kind === "authentic") return authentic(valid, verdict.secretIndex);
  if (verdict.kind === "unverifiable") return unverifiable(verdict.reason);
  if (verdict.reason === "stale_timestamp" || verdict.reason === "future_timestamp") {
    const secret = await firstMatch(valid, (one) => verify({ delivery, settings: source.settings, secrets: [one] }));
    const explanation = explainSkew(verdict.reason, verdict.signedAt, now, source.settings);
    return { authentic: false, reason: verdict.reason, explanation, secret: secret?.ref ?? null };
  }
  const found = await firstMatch(suspects(delivery, context, valid), verify);
  if (found !== undefined) {
    return { authentic: false, reason: found.reason, explanation: found.explanation, secret: found.shownSecret };
  }
  const cause =
    verdict.reason === "wrong_signature"
      ? explainNoMatch(delivery, source)
      : explainForgery(verdict.reason, delivery, context);
  return { authentic: false, ...cause, secret: null };
}

function authentic(valid: readonly NamedSecret[], index: number): Diagnosis {
  const secret = valid[index]?.ref ?? null;
  return index === 0
    ? { authentic: true, reason: null, explanation: "The delivery is authentic.", secret }
    : {
        authentic: true,
        reason: "previous_secret",
        explanation: `The delivery is authentic; it was signed with ${secret}, which is not the newest secret of this source.`,
        secret,
      };
}

function unverifiable(reason: "certificate_unreachable" | "secrets_unavailable"): Diagnosis {
  const explanation =
    reason === "certificate_unreachable"
      ? "The signing certificate is out of reach, so nothing can be said about the signature."
      : "The secrets of this source are out of reach, so nothing can be said about the signature.";
  return { authentic: false, reason, explanation, secret: null };
}

interface Trial {
  readonly delivery: Delivery;
  readonly settings: DiagnosableSource["settings"];
  readonly secrets: readonly Pick<NamedSecret, "value">[];
}

interface Suspect extends Trial {
  readonly reason: string;
  readonly explanation: string;
  readonly shownSecret: string | null;
}

function verifier(provider: Provider, now: number, certificate: DiagnoseContext["certificate"]) {
  return async (trial: Trial) =>
    provider.verify(trial.delivery, {
      secrets: trial.secrets.map((secret) => secret.value),
      settings: trial.settings,
      now,
      certificate,
    });
}

/** The first candidate under which the signature is right, whether it is in time or not. */
async function firstMatch<T>(
  candidates: Iterable<T>,
  verify: (candidate: T) => ReturnType<ReturnType<typeof verifier>>,
): Promise<T | undefined> {
  for (const candidate of candidates) {
    const verdict = await verify(candidate);
    if (verdict.kind === "authentic") return candidate;
    if (verdict.kind !== "forged") continue;
    if (verdict.reason === "stale_timestamp" || verdict.reason === "future_timestamp") return candidate;
  }
  return undefined;
}

/** Everything that could explain the signature, likely causes first. */
function* suspects(
  delivery: Delivery,
  context: DiagnoseContext,
  valid: readonly NamedSecret[],
): Generator<Suspect, void, void> {
  const { source } = context;
  const base = { delivery, settings: source.settings };
  yield* retiredSecrets(base, source, valid);
  yield* otherSources(base, context);
  yield* otherSpellings(base, valid);
  yield* foldedHeaders(base, source, valid);
  yield* otherSettings(base, source, valid);
  yield* otherBodies(base, source);
}

type Base = Pick<Trial, "delivery" | "settings">;

function* retiredSecrets(base: Base, source: DiagnosableSource, valid: readonly NamedSecret[]): Generator<Suspect> {
  for (const secret of source.secrets) {
    if (valid.includes(secret)) continue;
    const explanation = `It was signed with the previous secret ${secret.ref}, whose notAfter has passed.`;
    yield { ...base, secrets: [secret], reason: "previous_secret", explanation, shownSecret: secret.ref };
  }
}

function* otherSources(base: Base, { source, sources }: DiagnoseContext): Generator<Suspect> {
  for (const other of sources) {
    if (other.name === source.name) continue;
    const explanation = `It was signed for source ${other.name}, not for ${source.name}.`;
    const found = { reason: "other_source_secret", explanation };
    const same = other.provider.name === source.provider.name;
    if (same && source.provider.secret === null) {
      yield { ...base, ...found, settings: other.settings, secrets: [], shownSecret: null };
    }
    for (const secret of source.provider.secret === null ? [] : other.secrets) {
      const trial = { ...base, ...found, secrets: [secret], shownSecret: secret.ref };
      yield trial;
      if (same) yield { ...trial, settings: other.settings };
    }
  }
}

function* otherSpellings(base: Base, valid: readonly NamedSecret[]): Generator<Suspect> {
  for (const { value, ref } of valid) {
    const spellings = {
      "with white space around it": [value.trim(), `${value}\n`],
      "with the wrong prefix": [value.replace(/^whsec_/, ""), `whsec_${value}`],
    };
    for (const [how, others] of Object.entries(spellings)) {
      for (const other of others) {
        if (other === value || other === "") continue;
        const explanation = `The secret ${ref} is nearly right: it is configured ${how}.`;
        yield { ...base, secrets: [{ value: other }], reason: "secret_spelling", explanation, shownSecret: ref };
      }
    }
  }
}

function* foldedHeaders(base: Base, source: DiagnosableSource, valid: readonly NamedSecret[]): Generator<Suspect> {
  const headers = { ...base.delivery.headers };
  for (const name of signatureHeadersOf(source)) {
    const value = headers[name];
    if (typeof value === "string") headers[name] = value.replace(/\s+/g, "");
  }
  yield* withEach(valid, source, {
    ...base,
    delivery: { ...base.delivery, headers },
    reason: "malformed_signature",
    explanation: "The signature is right but its header was rewritten on the way: white space was added to it.",
  });
}

function* otherSettings(base: Base, source: DiagnosableSource, valid: readonly NamedSecret[]): Generator<Suspect> {
  for (const [key, spec] of Object.entries(source.provider.settings)) {
    const configured = source.settings[key];
    if (spec.type !== "url" || typeof configured !== "string") continue;
    for (const url of otherUrls(configured, base.delivery.url)) {
      const explanation = `It was signed for the URL ${url}, but ${key} of this source is ${configured}.`;
      const settings = { ...source.settings, [key]: url };
      yield* withEach(valid, source, { ...base, settings, reason: "url_mismatch", explanation });
    }
  }
  if (typeof source.settings.webhookId === "string") {
    const settings = { ...source.settings, webhookId: "WEBHOOK_ID" };
    const explanation =
      "It is a simulator event: signed for the placeholder WEBHOOK_ID, not for this source's webhook.";
    yield* withEach(valid, source, { ...base, settings, reason: "simulator_event", explanation });
  }
}

/** Ways in which a registered URL is commonly written differently. */
function otherUrls(configured: string, requested: string | undefined): Set<string> {
  const found = new Set<string>();
  for (const url of [configured, requested]) {
    if (url === undefined || !/^https?:\/\//i.test(url)) continue;
    const schemes = [url, url.replace(/^http:/i, "https:"), url.replace(/^https:/i, "http:")];
    for (const one of schemes.flatMap((text) => [text, text.replace(/^[^/]*\/\/[^/?#]*/, (s) => s.toLowerCase())])) {
      const bare = one.replace(/[?#].*$/, "");
      const swapped = bare.endsWith("/") ? bare.slice(0, -1) : `${bare}/`;
      for (const text of [one, bare, swapped, swapped + one.slice(bare.length)]) {
        found
          .add(text)
          .add(text.replace(/^(https:\/\/[^/:?#]+):443(?=[/?#]|$)|^(http:\/\/[^/:?#]+):80(?=[/?#]|$)/, "$1$2"));
      }
    }
  }
  found.delete(configured);
  return found;
}

function* otherBodies(base: Base, source: DiagnosableSource): Generator<Suspect> {
  for (const original of possibleOriginals(base.delivery.body)) {
    const delivery = { ...base.delivery, body: original.body };
    const found = { ...base, delivery, reason: original.change, explanation: BODY_CHANGES[original.change] };
    yield* withEach(source.secrets, source, found);
  }
}

const BODY_CHANGES: Readonly<Record<BodyChange, string>> = {
  trailing_newline:
    "The signature is right for this body with other white space at its end: something trimmed or added it.",
  line_endings: "The signature is right for this body with other line endings: something rewrote LF and CRLF.",
  byte_order_mark:
    "The signature is right for this body without its byte order mark, or with one: something changed it.",
  reserialised_body:
    "The signature is right for the same JSON written differently: the body was parsed and serialised again.",
  base64_body: "The signature is right for the decoded body: what was captured is its base64 form.",
  quoted_body: "The signature is right for the text inside: the body was wrapped into a JSON string.",
  wrong_charset: "The signature is right for this body in another character set: its bytes were read as Latin-1.",
};

/** The suspect once per secret, or once where the provider has none. */
function* withEach(
  secrets: readonly NamedSecret[],
  source: DiagnosableSource,
  suspect: Omit<Suspect, "secrets" | "shownSecret">,
): Generator<Suspect> {
  if (source.provider.secret === null) yield { ...suspect, secrets: [], shownSecret: null };
  else for (const secret of secrets) yield { ...suspect, secrets: [secret], shownSecret: secret.ref };
}
