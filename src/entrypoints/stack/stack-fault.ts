import { StoreError } from "../../domain/errors.ts";

/** Why a stack cannot be asked. */
export interface StackFault {
  /**
   * `settings`: credentials or a region have to be given, or given anew. `not_there`: the stack has nothing that could
   * answer. `denied`: the credentials are good, but may not do this. `failed`: anything else; later it may work.
   */
  readonly kind: "no_stack" | "not_ours" | "not_there" | "settings" | "denied" | "unreachable" | "failed";
  /** One line for a person. */
  readonly message: string;
}

/** A fault that was found here. */
export class StackError extends Error {
  override readonly name = "StackError";
  readonly kind: StackFault["kind"];
  constructor(kind: StackFault["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What an error of the SDK, or of the adapters over it, means to the person who asked. */
export function asStackFault(error: unknown): StackFault {
  if (error instanceof StackError) return { kind: error.kind, message: error.message };
  const cause = error instanceof StoreError && error.cause !== undefined ? error.cause : error;
  const { name, message, code } = cause as NodeJS.ErrnoException;
  const said = firstLine(message);
  if (/^Region (is missing|not accepted)/.test(said)) {
    return { kind: "settings", message: "no AWS region: set AWS_REGION, or a region in the AWS profile" };
  }
  if (LOADING.has(name)) return { kind: "settings", message: `no AWS credentials: ${said}` };
  if (REFUSED.has(name)) return { kind: "settings", message: `AWS does not accept the credentials: ${said}` };
  if (DENIED.test(name)) return { kind: "denied", message: `not allowed: ${said}` };
  if (name === "TimeoutError" || (code !== undefined && CONNECTION.test(code))) {
    return { kind: "unreachable", message: `cannot reach AWS: ${code ?? said}` };
  }
  return { kind: "failed", message: name === "Error" || name === "StoreError" ? said : `${name}: ${said}` };
}

/** Of the SDK's own search for credentials. */
const LOADING = new Set(["CredentialsProviderError", "TokenProviderError", "ProviderError"]);

/** As the services name it: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html and each API's "Common Errors" */
const REFUSED = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "IncompleteSignatureException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "RequestExpired",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);
const DENIED = /^(AccessDenied|AuthorizationError|NotAuthorized|KMSAccessDenied)/;
const CONNECTION =
  /^(E(CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|NOTFOUND|PIPE|TIMEDOUT|AI_AGAIN)|CERT_|UNABLE_TO_)/;

function firstLine(message: string | undefined): string {
  const line = (message ?? "").split("\n", 1)[0]?.trim() ?? "";
  return line === "" ? "without a reason" : line;
}
