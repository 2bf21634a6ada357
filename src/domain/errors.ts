/** Why the store cannot take or give anything now. Nothing was written; trying again later can help. */
export type StoreFault = "unavailable" | "full" | "locked" | "corrupt";

/** The store cannot do what was asked now. The answer to a provider is 503. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly fault: StoreFault;
  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** The configuration cannot be used. `path` names the key (`sources.stripe.secrets[0]`); no message holds a value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => `${problem.path}: ${problem.message}`).join("\n"));
    this.problems = problems;
  }
}

export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}
