import { expect, it } from "vitest";
import { StoreError } from "../../domain/errors.ts";
import { asStackFault, StackError } from "./stack-fault.ts";

const named = (name: string, message: string, code?: string) =>
  Object.assign(new Error(message), { name }, code === undefined ? {} : { code });

it.each([
  [new Error("Region is missing"), "settings", "AWS_REGION"],
  [
    named("CredentialsProviderError", "Could not load credentials from any providers"),
    "settings",
    "no AWS credentials",
  ],
  [named("TokenProviderError", "Token is expired. To refresh this SSO session run 'aws sso login'"), "settings", "sso"],
  [named("ExpiredTokenException", "The security token included in the request is expired"), "settings", "expired"],
  [named("AccessDeniedException", "User: arn is not authorized to perform: dynamodb:Scan"), "denied", "dynamodb:Scan"],
  [named("AccessDenied", "no"), "denied", "not allowed"],
  [named("AuthorizationErrorException", "no"), "denied", "not allowed"],
  [named("Error", "connect", "ECONNREFUSED"), "unreachable", "ECONNREFUSED"],
  [named("TimeoutError", "too late"), "unreachable", "too late"],
  [named("ResourceNotFoundException", "Requested resource not found"), "failed", "ResourceNotFoundException"],
  [new StackError("no_stack", "there is no stack prod"), "no_stack", "there is no stack prod"],
])("%s is told as what it means to the operator", (error, kind, words) => {
  const fault = asStackFault(error);
  expect(fault.kind).toBe(kind);
  expect(fault.message).toContain(words);
});

it("looks behind the error of the store, and keeps to one line", () => {
  const cause = named("AccessDeniedException", "not you\nwith the request quoted");
  const fault = asStackFault(new StoreError("unavailable", "AccessDeniedException: not you", { cause }));
  expect(fault).toEqual({ kind: "denied", message: "not allowed: not you" });
});
