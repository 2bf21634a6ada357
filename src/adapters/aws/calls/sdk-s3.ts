import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3Calls, S3Operations } from "./aws-calls.ts";
import { configuredEndpoint } from "./endpoint.ts";
import { clientSettings, type SdkOptions, sdkCalls } from "./sdk-calls.ts";

/** An archived event can be megabytes. */
const REQUEST_MS = 10_000;

/**
 * S3 through the SDK. At a configured endpoint, which is an emulator, the bucket is in the path, because
 * `bucket.localhost` has no address, and there is no checksum unless the operation requires one. At AWS both stay as
 * the SDK has them: a bucket with object lock takes no object without a checksum.
 */
export function openS3Calls(options: SdkOptions = {}): S3Calls {
  const endpoint = options.endpoint ?? configuredEndpoint("s3", process.env);
  const client = new S3Client({
    ...clientSettings(options, REQUEST_MS),
    ...(endpoint === undefined ? {} : EMULATOR),
  });
  return sdkCalls<S3Operations>({
    PutObject: (input) => client.send(new PutObjectCommand(input)),
    DeleteObject: (input) => client.send(new DeleteObjectCommand(input)),
  });
}

const EMULATOR = {
  forcePathStyle: true,
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
} as const;
