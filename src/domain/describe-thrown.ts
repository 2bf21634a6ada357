import { oneLine } from "./one-line.ts";

const MAX_LENGTH = 500;

/**
 * What a handler threw, for operators: one line of at most 500 characters without a stack. `permanent` when it says so
 * itself (`permanent: true`, or the name `PermanentError`). Never throws, whatever was thrown.
 */
export function describeThrown(thrown: unknown): { readonly error: string; readonly permanent: boolean } {
  return {
    error: oneLine(textOf(thrown), MAX_LENGTH) || "the handler failed without a message",
    permanent: isPermanent(thrown),
  };
}

function textOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (!isObject(thrown)) return `the handler threw ${String(thrown)}`;
  const message = read(thrown, "message");
  const name = read(thrown, "name");
  const code = read(thrown, "code") || codeOfCause(thrown);
  if (message === "" && code === "") return name || "the handler threw a value without a message";
  const text = name === "" || name === "Error" ? message : `${name}: ${message}`;
  return code === "" || text.includes(code) ? text : `${text} (${code})`;
}

// `fetch` says "fetch failed" and hides the reason one level down.
function codeOfCause(thrown: object): string {
  try {
    const cause = Reflect.get(thrown, "cause");
    return isObject(cause) ? read(cause, "code") : "";
  } catch {
    return "";
  }
}

function isPermanent(thrown: unknown): boolean {
  if (!isObject(thrown)) return false;
  try {
    return Reflect.get(thrown, "permanent") === true || read(thrown, "name") === "PermanentError";
  } catch {
    return false;
  }
}

// Getters and proxies are the user's code too.
function read(value: object, key: string): string {
  try {
    const found: unknown = Reflect.get(value, key);
    return typeof found === "string" ? found : "";
  } catch {
    return "";
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
