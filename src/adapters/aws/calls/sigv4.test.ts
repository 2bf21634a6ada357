import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signedHeaders } from "./sigv4.ts";

// AWS's published test suite for Signature Version 4: the fixed scope, and its cases that are a POST without a query.
const SUITE = {
  region: "us-east-1",
  service: "service",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  time: new Date("2015-08-30T12:36:00Z"),
};
const EXAMPLE = new URL("https://example.amazonaws.com/");
const FORM = { "content-type": "application/x-www-form-urlencoded" };

describe("Signature Version 4", () => {
  test.each([
    ["post-vanilla", {}, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "post-x-www-form-urlencoded",
      FORM,
      "Param1=value1",
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
    [
      "post-header-key-sort",
      { "my-header1": "value1" },
      "",
      "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ],
  ])("is what AWS published for %s", (_name, headers, body, signature) => {
    const { authorization } = signedHeaders({ url: EXAMPLE, headers, body }, SUITE);
    expect(authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${[
        ...Object.keys(headers),
        "host",
        "x-amz-date",
      ]
        .sort()
        .join(";")}, Signature=${signature}`,
    );
  });

  test("is the SDK's for any path, headers, body, scope and credentials", async () => {
    const word = fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,10}[a-z0-9])?$/);
    // Other characters than these a header cannot hold.
    const text = fc.stringMatching(/^[\x21-\x7e](?:[\x20-\x7e]{0,20}[\x21-\x7e])?$/);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          host: fc.constantFrom("dynamodb.eu-central-1.amazonaws.com", "localhost:4566"),
          path: fc.array(fc.stringMatching(/^[\w.~!'()* ;%=é-]{0,6}$/), { maxLength: 4 }),
          headers: fc.dictionary(
            word.map((name) => `x-${name}`),
            text,
            { maxKeys: 4 },
          ),
          body: fc.string({ unit: "grapheme" }),
          region: word,
          service: word,
          secretAccessKey: text,
          sessionToken: fc.option(text, { nil: undefined }),
          time: fc.date({ min: new Date("2000-01-01"), max: new Date("2099-01-01"), noInvalidDate: true }),
        }),
        async ({ host, path, headers, body, region, service, secretAccessKey, sessionToken, time }) => {
          const url = new URL(`https://${host}/${path.map(encodeURIComponent).join("/")}`);
          const credentials = {
            accessKeyId: "AKIDEXAMPLE",
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          };
          const ours = signedHeaders({ url, headers, body }, { region, service, credentials, time });
          const { authorization: _, ...unsigned } = ours;
          const theirs = await sdkSigner({ region, service, credentials }).then((signer) =>
            signer.sign(
              {
                method: "POST",
                protocol: url.protocol,
                hostname: url.hostname,
                path: url.pathname,
                headers: unsigned,
                body,
              },
              { signingDate: time },
            ),
          );
          expect(ours).toEqual(theirs.headers);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** The signer inside an SDK client, without the checksum header that it adds for S3. */
async function sdkSigner(scope: Pick<typeof SUITE, "region" | "service" | "credentials">) {
  const { config } = new DynamoDBClient({ region: scope.region, credentials: scope.credentials });
  Object.assign(config, { applyChecksum: false });
  return config.signer({ name: "sigv4", signingName: scope.service, signingRegion: scope.region, properties: {} });
}
