import type { Archive } from "../../../ports/archive.ts";
import type { S3Calls } from "../calls/aws-calls.ts";

/**
 * Keeps each record as one object of a bucket, whose own defaults encrypt it. The key is the object's key as it stands,
 * its `%` included: on the way there it is encoded once more, by the client, and decoded by S3.
 */
export function openBucketArchive(parts: { readonly s3: S3Calls; readonly bucket: string }): Archive {
  return {
    async write(key, content) {
      try {
        await parts.s3("PutObject", {
          Bucket: parts.bucket,
          Key: key,
          Body: content,
          ContentType: "application/json",
        });
      } catch (error) {
        const name = error instanceof Error && error.name !== "" ? error.name : "unknown fault";
        throw new Error(`archive: ${key} was not written (${name})`, { cause: error });
      }
    },
  };
}
