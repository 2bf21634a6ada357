type Environment = Readonly<Record<string, string | undefined>>;

export type AwsService = "dynamodb" | "sqs" | "sns" | "secretsmanager" | "s3";

/**
 * The endpoint that the environment names: `AWS_ENDPOINT_URL_<SERVICE>`, else `AWS_ENDPOINT_URL`, unless
 * `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true.
 * Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
 */
export function configuredEndpoint(service: AwsService, env: Environment): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true") return undefined;
  return env[`AWS_ENDPOINT_URL_${VARIABLE_SUFFIX[service]}`] || env.AWS_ENDPOINT_URL || undefined;
}

/**
 * Where a service is called: the configured endpoint, else AWS's own for the region, the FIPS one when
 * `AWS_USE_FIPS_ENDPOINT` is true. Throws for `AWS_USE_DUALSTACK_ENDPOINT`, whose names follow no one rule.
 */
export function endpointOf(service: Exclude<AwsService, "s3">, region: string, env: Environment): URL {
  const configured = configuredEndpoint(service, env);
  if (configured !== undefined) return new URL(configured);
  // The region becomes part of the host that gets the signed request.
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(region))
    throw new Error("The AWS region is not set or is not the name of a region.");
  if (env.AWS_USE_DUALSTACK_ENDPOINT === "true") {
    throw new Error(`Set AWS_ENDPOINT_URL_${VARIABLE_SUFFIX[service]}: the dual-stack endpoint is not known here.`);
  }
  const fips = env.AWS_USE_FIPS_ENDPOINT === "true" && !isFipsByItself(service, region) ? "-fips" : "";
  return new URL(`https://${service}${fips}.${region}.${domainOf(region)}`);
}

const VARIABLE_SUFFIX = {
  dynamodb: "DYNAMODB",
  sqs: "SQS",
  sns: "SNS",
  secretsmanager: "SECRETS_MANAGER",
  s3: "S3",
} as const;

/** In GovCloud the plain endpoint of these services is the FIPS one. */
function isFipsByItself(service: AwsService, region: string): boolean {
  return region.startsWith("us-gov-") && service !== "secretsmanager";
}

function domainOf(region: string): string {
  if (region.startsWith("cn-")) return "amazonaws.com.cn";
  return region.startsWith("eusc-") ? "amazonaws.eu" : "amazonaws.com";
}
