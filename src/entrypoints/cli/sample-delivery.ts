import { randomBytes } from "node:crypto";
import type { SourceConfig } from "../../config/config.ts";
import type { Sampler, SigningContext } from "../../providers/samples/sampler.ts";

export const TAMPERINGS = ["body", "signature", "timestamp", "secret"] as const;
export type Tampering = (typeof TAMPERINGS)[number];

export interface SampleDelivery {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type SigningKey = Pick<SigningContext, "signingKey" | "certUrl">;

/**
 * Signs a body as the source's provider would, or spoils the delivery in one way. A RangeError says that this provider
 * has nothing that could be spoiled so. `now` is epoch milliseconds.
 */
export function signDelivery(
  sampler: Sampler,
  source: SourceConfig,
  body: Uint8Array,
  options: { readonly now: number; readonly key: SigningKey; readonly tamper: Tampering | undefined },
): SampleDelivery {
  const { now, key, tamper } = options;
  const valid = source.secrets.find(({ notAfter }) => notAfter === null || now <= notAfter);
  const context: SigningContext = { secret: valid?.value ?? null, settings: source.settings, now, ...key };
  const delivery = seal(sampler, body, context);
  switch (tamper) {
    case undefined:
      return delivery;
    case "body":
      return { ...delivery, body: changeAmount(delivery.body) };
    case "signature":
      return sampler.seal === undefined
        ? { ...delivery, headers: changeSignatureHeader(delivery.headers) }
        : { ...delivery, body: changeSealedSignature(delivery.body) };
    case "timestamp":
      return signLongAgo(sampler, body, context);
    case "secret":
      return seal(sampler, body, withOtherSecret(context));
  }
}

function seal(sampler: Sampler, body: Uint8Array, context: SigningContext): SampleDelivery {
  const sealed = sampler.seal?.(body, context) ?? body;
  return { headers: sampler.sign(sealed, context), body: sealed };
}

/** Another amount in a body of the same length; where no amount is found, another last digit. */
function changeAmount(body: Uint8Array): Uint8Array {
  const bytes = Buffer.from(body).toString("latin1");
  const amount = /"(?:amount|value|total)"\s*:\s*"?\d/.exec(bytes);
  const at = amount === null ? bytes.search(/\d\D*$/) : amount.index + amount[0].length - 1;
  if (at < 0) return Buffer.concat([body, Buffer.from(" ")]);
  const digit = bytes[at] === "9" ? "1" : String(Number(bytes[at]) + 1);
  return Buffer.from(bytes.slice(0, at) + digit + bytes.slice(at + 1), "latin1");
}

/** The longest run of signature characters among the headers is the signature itself. */
function changeSignatureHeader(headers: Readonly<Record<string, string>>): Record<string, string> {
  const [longest] = Object.entries(headers).sort(([, a], [, b]) => longestRun(b).length - longestRun(a).length);
  if (longest === undefined) throw new RangeError("there is no signature to change");
  const [name, value] = longest;
  return { ...headers, [name]: changeRun(value) };
}

function changeSealedSignature(body: Uint8Array): Uint8Array {
  return Buffer.from(changeRun(Buffer.from(body).toString("latin1")), "latin1");
}

function changeRun(text: string): string {
  const at = text.indexOf(longestRun(text));
  return text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
}

function longestRun(text: string): string {
  return (text.match(/[A-Za-z0-9+/]+={0,2}/g) ?? []).reduce((best, run) => (run.length > best.length ? run : best), "");
}

/** Rightly signed, but longer ago than any provider retries. */
function signLongAgo(sampler: Sampler, body: Uint8Array, context: SigningContext): SampleDelivery {
  const { tolerance } = context.settings;
  const before = context.now - (typeof tolerance === "number" ? tolerance : 0) - 30 * 86_400_000;
  const old = seal(sampler, body, { ...context, now: before });
  const { headers } = seal(sampler, body, context);
  const signsTime = Object.entries(headers).some(([name, value]) => old.headers[name] !== value);
  if (!signsTime) throw new RangeError("this source signs no time");
  return old;
}

function withOtherSecret(context: SigningContext): SigningContext {
  // Every scheme can read it: as text, as hexadecimal and as base64.
  if (context.secret !== null) return { ...context, secret: randomBytes(32).toString("hex") };
  if (typeof context.settings.webhookId !== "string") throw new RangeError("this source has no secret");
  // PayPal signs with its own key; which webhook it is for stands in the place of a secret.
  return { ...context, settings: { ...context.settings, webhookId: "0AB00000CD000000E" } };
}
