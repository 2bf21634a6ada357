import type * as StackModule from "../stack/stack.ts";
import type { StackFault } from "../stack/stack-fault.ts";
import type { Transport } from "./api.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";

/** The admin API in this process, over a deployed stack. A `CliError` says what AWS, or the user's AWS set-up, is missing. */
export async function overStack(name: string): Promise<Transport> {
  // A bundle of its own, the SDK in it: who runs the embedded inbox does not need to install the SDK.
  const { openStack } = (await import(new URL("../../stack/index.mjs", import.meta.url).href)) as typeof StackModule;
  const opening = await openStack(name);
  if (opening.kind === "fault") throw failure(opening.fault);
  const { stack } = opening;
  return {
    live: false,
    base: "http://localhost",
    headers: {},
    async send(url, init) {
      const answer = await stack.fetch(new Request(url, init));
      if (answer.kind === "fault") throw failure(answer.fault);
      return answer.response;
    },
    close: async () => {},
  };
}

function failure({ kind, message }: StackFault): CliError {
  return new CliError(STATUS[kind], message);
}

const STATUS: Readonly<Record<StackFault["kind"], ExitCode>> = {
  no_stack: EXIT.notFound,
  not_ours: EXIT.usage,
  not_there: EXIT.usage,
  settings: EXIT.usage,
  denied: EXIT.unavailable,
  unreachable: EXIT.unavailable,
  failed: EXIT.unavailable,
};
