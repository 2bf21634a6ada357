/** A function as the services that call it see it. */
export interface Invocable {
  /**
   * Runs one invocation; the event and the result travel as JSON, nothing is null. Rejects with a `FunctionError` when
   * the function throws, does not end in time or loses its process. One invocation at a time.
   */
  invoke(event: unknown, options?: InvocationOptions): Promise<unknown>;
  /** The lines written so far, of all invocations. */
  logs(): readonly string[];
  stop(): Promise<void>;
}

export interface InvocationOptions {
  /** Milliseconds; the function's own time limit unless given. */
  readonly timeoutMs?: number;
  /** The X-Ray header of the invocation. */
  readonly traceHeader?: string;
}

/** An invocation that gave no result. Source: Lambda developer guide, "Troubleshoot execution issues". */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  /** The thrown error's name, or Lambda's own: `Sandbox.Timedout`, `Runtime.ExitError`, `Runtime.ImportModuleError`. */
  readonly errorType: string;

  constructor(errorType: string, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

/** As Lambda says it; the process is gone afterwards. */
export function timedOut(timeoutMs: number): FunctionError {
  return new FunctionError("Sandbox.Timedout", `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
}
