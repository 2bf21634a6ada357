import type { AwsCalls, Shapes } from "../../adapters/aws/calls/aws-calls.ts";

/**
 * Calls to a service whose client is loaded with the first of them. Loading them all is most of what a command costs
 * here, and most commands only read tables.
 */
export function lazyCalls<Operations extends Shapes<Operations>>(
  open: () => Promise<AwsCalls<Operations>>,
): AwsCalls<Operations> {
  let opening: Promise<AwsCalls<Operations>> | null = null;
  return async (operation, input) => {
    opening ??= open();
    return (await opening)(operation, input);
  };
}
