import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { S3Calls } from "../calls/aws-calls.ts";
import { openBucketArchive } from "./bucket-archive.ts";

let server: FauxqsServer;
let client: S3Client;

beforeAll(async () => {
  server = await startFauxqs({ port: 0, logger: false });
  client = new S3Client({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  await client.send(new CreateBucketCommand({ Bucket: "archive" }));
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

const s3: S3Calls = (_, input) => client.send(new PutObjectCommand(input));

async function read(key: string): Promise<{ readonly text: string | undefined; readonly type: string | undefined }> {
  const object = await client.send(new GetObjectCommand({ Bucket: "archive", Key: key }));
  return { text: await object.Body?.transformToString(), type: object.ContentType };
}

test("an object of that key holds the content, as JSON; writing it again replaces it", async () => {
  const archive = openBucketArchive({ s3, bucket: "archive" });
  await archive.write("shop/2026/01/02/evt_1.json", '{"a":"é"}\n');
  expect(await read("shop/2026/01/02/evt_1.json")).toEqual({ text: '{"a":"é"}\n', type: "application/json" });
  await archive.write("shop/2026/01/02/evt_1.json", "{}\n");
  expect((await read("shop/2026/01/02/evt_1.json")).text).toBe("{}\n");
  const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: "archive", Prefix: "shop/2026/01/02/" }));
  expect(KeyCount).toBe(1);
});

test("a percent sign in the key stays one, so that two ids are never one object", async () => {
  const archive = openBucketArchive({ s3, bucket: "archive" });
  await archive.write("shop/2026/01/03/a%2Fb.json", '"slash"');
  await archive.write("shop/2026/01/03/a%252Fb.json", '"percent"');
  const { Contents = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: "archive", Prefix: "shop/2026/01/03/" }),
  );
  expect(Contents.map(({ Key }) => Key)).toEqual(["shop/2026/01/03/a%252Fb.json", "shop/2026/01/03/a%2Fb.json"]);
  expect((await read("shop/2026/01/03/a%2Fb.json")).text).toBe('"slash"');
});

test("what keeps it from writing is said in one line", async () => {
  const writing = openBucketArchive({ s3, bucket: "another" }).write("shop/2026/01/02/evt_1.json", "{}");
  await expect(writing).rejects.toThrow("archive: shop/2026/01/02/evt_1.json was not written (NoSuchBucket)");
});
