import { describe, expect, test } from "vitest";
import { configuredEndpoint, endpointOf } from "./endpoint.ts";

const region = "eu-central-1";

describe("the endpoint of a service", () => {
  test("is the configured one, the service's own before the common one, unless that is to be ignored", () => {
    const env = { AWS_ENDPOINT_URL: "http://localhost:1", AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://localhost:2" };
    expect(endpointOf("sqs", region, env).href).toBe("http://localhost:1/");
    expect(endpointOf("secretsmanager", region, env).href).toBe("http://localhost:2/");
    expect(configuredEndpoint("s3", env)).toBe("http://localhost:1");
    const ignored = { ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    expect(endpointOf("sqs", region, ignored).href).toBe("https://sqs.eu-central-1.amazonaws.com/");
    expect(configuredEndpoint("s3", ignored)).toBeUndefined();
  });

  test("is refused where it is not known", () => {
    expect(() => endpointOf("sqs", region, { AWS_USE_DUALSTACK_ENDPOINT: "true" })).toThrow("AWS_ENDPOINT_URL_SQS");
    for (const wrong of ["", "evil.example/", "eu-central-1.evil", "-"]) {
      expect(() => endpointOf("sqs", wrong, {})).toThrow("region");
    }
  });
});
