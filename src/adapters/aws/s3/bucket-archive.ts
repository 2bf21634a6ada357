import type { Archive } from "../../../ports/archive.ts";
import { asStoreError, type S3Calls } from "../calls/aws-calls.ts";

export interface BucketArchive extends Archive {
  /**
   * A record that is not there is none to remove. In a bucket that keeps versions it is hidden until its versions expire.
   * Rejects with a `StoreError`.
   */
  remove(key: string): Promise<void>;
}

/**
 * Keeps each record as one object of a bucket, whose own defaults encrypt it. The key is the object's key as it stands,
 * its `%` included: on the way there it is encoded once more, by the client, and decoded by S3.
 */
export function openBucketArchive(parts: { readonly s3: S3Calls; readonly bucket: string }): BucketArchive {
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
    async remove(key) {
      try {
        await parts.s3("DeleteObject", { Bucket: parts.bucket, Key: key });
      } catch (error) {
        throw asStoreError(error);
      }
    },
  };
}
