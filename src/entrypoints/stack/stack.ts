import { openCloudFormationCalls, openCloudWatchLogsCalls } from "./aws-reads.ts";
import { openStackApi } from "./stack-api.ts";
import { asStackFault, type StackFault } from "./stack-fault.ts";
import { readStackNames } from "./stack-names.ts";

/** The admin API in this process, over the tables, the queue and the log groups of a deployed stack. */
export interface Stack {
  fetch(request: Request): Promise<StackAnswer>;
}

export type StackAnswer =
  | { readonly kind: "answer"; readonly response: Response }
  /** AWS did not do what was asked. */
  | { readonly kind: "fault"; readonly fault: StackFault };

export type StackOpening =
  | { readonly kind: "open"; readonly stack: Stack }
  | { readonly kind: "fault"; readonly fault: StackFault };

/**
 * Opens a stack by its name, with the credentials and the region that AWS's own tools would use: the environment,
 * `AWS_PROFILE`, SSO and so on. What the caller may do there is decided by IAM; no token of ours is asked for. Never
 * rejects.
 */
export async function openStack(name: string): Promise<StackOpening> {
  // The SDK would say on stderr that its later versions need a later Node; this bundle has the version that it has.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  try {
    const names = await readStackNames(openCloudFormationCalls(), name);
    return { kind: "open", stack: { fetch: openStackApi(names, openCloudWatchLogsCalls()) } };
  } catch (error) {
    return { kind: "fault", fault: asStackFault(error) };
  }
}
