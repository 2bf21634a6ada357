import { ConfigError, type ConfigProblem } from "../domain/errors.ts";
import { formatPath, type KeyPath } from "./key-path.ts";

/** Collects what is wrong, so that a person sees all of it at once. Messages never hold a value. */
export interface Problems {
  /** The first problem of a key stands; what follows from it, at the key or below, is left out. */
  add(path: KeyPath, message: string): void;
  /** Remembers that an environment variable set this key, so that its problems name it. */
  setBy(path: KeyPath, variable: string): void;
  /** Throws `ConfigError` with everything collected, if anything was. */
  throwIfAny(): void;
}

export function collectProblems(): Problems {
  const problems: ConfigProblem[] = [];
  const blamed: KeyPath[] = [];
  const variables = new Map<string, string>();
  return {
    add(path, message) {
      if (blamed.some((known) => known.length <= path.length && known.every((part, at) => part === path[at]))) return;
      blamed.push(path);
      const text = formatPath(path);
      const variable = variables.get(text);
      problems.push({ path: text, message: variable === undefined ? message : `${message} (set by ${variable})` });
    },
    setBy(path, variable) {
      variables.set(formatPath(path), variable);
    },
    throwIfAny() {
      if (problems.length > 0) throw new ConfigError(problems);
    },
  };
}
