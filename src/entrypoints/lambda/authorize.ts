import type { APIGatewayAuthorizerResult } from "aws-lambda";
import type { ForgeryReason } from "../../domain/outcome.ts";
import type { Delivery } from "../../domain/provider.ts";
import type { Source } from "../../domain/source.ts";
import { signatureHeadersOf } from "../../providers/signature-headers.ts";

/** What no body and no secret could mend. */
const HOPELESS: ReadonlySet<ForgeryReason> = new Set([
  "missing_signature",
  "repeated_signature",
  "malformed_signature",
  "missing_header",
  "unknown_algorithm",
  "untrusted_certificate",
]);
const ANY_SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/**
 * Whether a request can be authentic as far as its headers tell. An authorizer sees no body, so the provider judges an
 * empty one with a made-up secret: that it calls the signature wrong is expected and lets the request pass. A provider
 * that signs inside the body cannot be judged here.
 */
export async function looksSigned(source: Source, headers: Delivery["headers"], now: number): Promise<boolean> {
  if (signatureHeadersOf(source).length === 0) return true;
  const verdict = await source.provider.verify(
    { headers, body: new Uint8Array() },
    { secrets: [ANY_SECRET], settings: source.settings, now, certificate: async () => null },
  );
  return verdict.kind !== "forged" || !HOPELESS.has(verdict.reason);
}

/** Whether there is a token at all: `Bearer` and the word `invalid` alone are none. */
export function looksLikeToken(token: string | undefined): boolean {
  const word = (token ?? "").trim().replace(/^bearer(\s+|$)/i, "");
  return word !== "" && word.toLowerCase() !== "invalid";
}

/** What API Gateway wants to hear: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
export function policy(effect: "Allow" | "Deny", methodArn: string): APIGatewayAuthorizerResult {
  return {
    principalId: "sender",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: methodArn }],
    },
  };
}
