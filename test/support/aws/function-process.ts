import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { endWithUs } from "./end-with-us.ts";
import { type FunctionSettings, functionEnvironment, TIMEOUT_MS } from "./function-environment.ts";
import { FunctionError, type Invocable, timedOut } from "./invocable.ts";
import { lambdaContext } from "./lambda-context.ts";

/** One instance of a function, in a process of its own that is frozen between invocations. */
export interface FunctionProcess extends Invocable {
  /** SIGKILL, at any time. The next invocation gets a fresh process. */
  kill(): void;
  /** How many processes there were: the cold starts. */
  starts(): number;
}

interface Answer {
  readonly id: string;
  readonly result?: string;
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
}

/** A process and what it has said. */
interface Sandbox {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
}

/** `entry`: an ES module that exports `handler`. The process starts with the first invocation. */
export function openFunctionProcess(entry: URL, settings: FunctionSettings): FunctionProcess {
  const lines: string[] = [];
  let sandbox: Sandbox | null = null;
  let starts = 0;
  let busy = false;

  return {
    async invoke(event, { timeoutMs = settings.timeoutMs ?? TIMEOUT_MS, traceHeader } = {}) {
      if (busy) throw new Error(`${settings.name} is busy: an instance runs one invocation at a time.`);
      busy = true;
      try {
        sandbox ??= start();
        return await runIn(sandbox, { event, timeoutMs, traceHeader });
      } finally {
        busy = false;
      }
    },
    kill() {
      sandbox?.child.kill("SIGKILL");
      sandbox = null;
    },
    starts: () => starts,
    logs: () => lines,
    async stop() {
      const last = sandbox;
      last?.child.kill("SIGKILL");
      await last?.ended;
    },
  };

  function start(): Sandbox {
    starts += 1;
    const host = fileURLToPath(new URL("./function-host.mjs", import.meta.url));
    const env = functionEnvironment(settings);
    const child = fork(host, [entry.href], { env, execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] });
    endWithUs(child);
    const ended = once(child, "exit");
    const started: Sandbox = { child, ended };
    for (const output of outputsOf(child)) {
      createInterface({ input: output }).on("line", (line) => {
        // What was written without a line break stands before it.
        const [, text = line, id] = /^(.*)END (\S{36})$/.exec(line) ?? [];
        if (text !== "" || id === undefined) lines.push(text);
        if (id !== undefined) child.emit("end of output", id);
      });
    }
    child.once("exit", () => {
      if (sandbox === started) sandbox = null;
    });
    return started;
  }

  async function runIn(
    { child, ended }: Sandbox,
    { event, timeoutMs, traceHeader }: { event: unknown; timeoutMs: number; traceHeader: string | undefined },
  ): Promise<unknown> {
    const deadline = Date.now() + timeoutMs;
    const context = lambdaContext(settings.name, deadline);
    const answered = answerOf(child, context.awsRequestId);
    child.kill("SIGCONT");
    // A process that died since the last invocation is noticed by its exit.
    child.send({ event, context, deadline, traceHeader }, () => {});
    const timer = setTimeout(() => {
      child.emit("time is over");
      child.kill("SIGKILL");
    }, timeoutMs);
    const overdue = new Promise<"overdue">((resolve) => child.once("time is over", () => resolve("overdue")));
    try {
      const outcome = await Promise.race([answered, overdue, ended.then(() => "exited" as const)]);
      if (outcome === "overdue") {
        await ended;
        throw timedOut(timeoutMs);
      }
      if (outcome === "exited") throw new FunctionError("Runtime.ExitError", exitMessage(context.awsRequestId, child));
      child.kill("SIGSTOP");
      const { error, result } = outcome;
      if (error !== undefined) throw new FunctionError(error.errorType, error.errorMessage);
      return JSON.parse(result as string);
    } finally {
      clearTimeout(timer);
      child.removeAllListeners("message").removeAllListeners("end of output").removeAllListeners("time is over");
    }
  }
}

/** The answer to one invocation, once everything that was written before it has been read. */
function answerOf(child: ChildProcess, requestId: string): Promise<Answer> {
  return new Promise((resolve) => {
    let answer: Answer | null = null;
    let outputsLeft = outputsOf(child).length;
    const settle = () => {
      if (answer !== null && outputsLeft === 0) resolve(answer);
    };
    child.on("end of output", (id: string) => {
      if (id === requestId) outputsLeft -= 1;
      settle();
    });
    child.on("message", (message) => {
      answer = message as Answer;
      settle();
    });
  });
}

function outputsOf({ stdout, stderr }: ChildProcess): readonly Readable[] {
  return [stdout, stderr].filter((output) => output !== null);
}

function exitMessage(requestId: string, { exitCode, signalCode }: ChildProcess): string {
  const how = signalCode === null ? `exit status ${exitCode}` : `signal: ${signalCode}`;
  return `RequestId: ${requestId} Error: Runtime exited with error: ${how}`;
}
