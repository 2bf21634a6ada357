import type { Provider } from "../domain/provider.ts";
import { normaliseGeneric } from "./generic-body.ts";
import { verifyGeneric } from "./generic-signature.ts";

const HEADER_NAME = /^[A-Za-z0-9-]{1,100}$/;

/**
 * Any sender of the generic JSON body that signs with HMAC-SHA256. The body's own `provider` is data: which source a
 * delivery belongs to is decided by the URL and its signature, never by what it says.
 */
export const generic: Provider = {
  name: "generic",
  title: "Generic JSON",
  signatureHeaders: ["x-signature", "x-timestamp"],
  secret: { describe: "The secret that the sender signs with, as UTF-8 text" },
  settings: {
    hmac: {
      type: "object",
      describe: "How the sender signs",
      fields: {
        header: { type: "string", describe: "Where the signature is", default: "x-signature", pattern: HEADER_NAME },
        encoding: { type: "choice", of: ["hex", "base64"], describe: "How it is written", default: "hex" },
        prefix: { type: "string", describe: 'What stands before it in the header, for example "sha256="' },
        signed: {
          type: "string",
          describe:
            'What is signed, with {body} and, where the sender signs a time, {timestamp}. Default: "{body}", with a timestampHeader "{timestamp}.{body}"',
          pattern: /^(?=.*\{body\})(?:[^{}]|\{body\}|\{timestamp\})+$/,
        },
        timestampHeader: {
          type: "string",
          describe: "Where the signing time is, in unix seconds. Default: x-timestamp, if {timestamp} is signed",
          pattern: HEADER_NAME,
        },
      },
    },
    tolerance: {
      type: "duration",
      describe: "How far the signing time may be from now, in both directions; without a signed time it means nothing",
      default: "5m",
    },
    lenient: {
      type: "boolean",
      describe: "Store a missing amount, currency, status or timestamp as unknown instead of refusing the body",
      default: false,
    },
  },
  verify: verifyGeneric,
  normalise: normaliseGeneric,
};
