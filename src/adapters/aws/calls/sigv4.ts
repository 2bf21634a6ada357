import { createHash, createHmac } from "node:crypto";
import { percentEncode } from "./percent-encode.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Signer {
  readonly region: string;
  /** The service's name in signatures: `dynamodb`, `sqs`. */
  readonly service: string;
  readonly credentials: AwsCredentials;
  /** When the request is sent. AWS refuses one that is more than five minutes off. */
  readonly time: Date;
}

/**
 * The headers of a signed POST without a query: those given, lower case, and `host`, `x-amz-date`,
 * `x-amz-security-token` and `authorization`. All of them are signed, so add afterwards what a proxy may change.
 * Source: IAM User Guide, "Create a signed AWS API request".
 */
export function signedHeaders(
  request: { readonly url: URL; readonly headers: Readonly<Record<string, string>>; readonly body: string },
  { region, service, credentials, time }: Signer,
): Record<string, string> {
  const at = time.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const date = at.slice(0, 8);
  const headers: Record<string, string> = { ...request.headers, host: request.url.host, "x-amz-date": at };
  if (credentials.sessionToken !== undefined) headers["x-amz-security-token"] = credentials.sessionToken;

  const names = Object.keys(headers).sort();
  const signed = names.join(";");
  const canonical = [
    "POST",
    canonicalPath(request.url.pathname),
    "",
    ...names.map((name) => `${name}:${headers[name]?.trim().replace(/\s+/g, " ")}`),
    "",
    signed,
    sha256(request.body),
  ].join("\n");

  const scope = `${date}/${region}/${service}/aws4_request`;
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = hmac(key, ["AWS4-HMAC-SHA256", at, scope, sha256(canonical)].join("\n")).toString("hex");
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  return headers;
}

/** The path encoded once more: every service but S3 wants it so. */
function canonicalPath(pathname: string): string {
  const segments = pathname.split("/").filter((segment) => segment !== "");
  const end = segments.length > 0 && pathname.endsWith("/") ? "/" : "";
  return `/${segments.map(percentEncode).join("/")}${end}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
