/**
 * Sets the value at a JSON Pointer (RFC 6901) inside a parsed body. The last step may be new in an object, and `-`
 * appends to an array; every step before it has to be there. Throws a RangeError that names the pointer.
 */
export function setAtPointer(root: unknown, pointer: string, value: unknown): void {
  const steps = readPointer(pointer);
  const last = steps.pop();
  if (last === undefined) throw new RangeError(`${pointer}: the whole body cannot be set`);
  let target: unknown = root;
  for (const step of steps) {
    if (typeof target !== "object" || target === null || !Object.hasOwn(target, step)) throw missing(pointer, step);
    target = (target as Record<string, unknown>)[step];
  }
  if (typeof target !== "object" || target === null) throw missing(pointer, last);
  const key = Array.isArray(target) ? indexOf(target, last, pointer) : last;
  // Not an assignment: `__proto__` is a key like any other in JSON.
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function readPointer(pointer: string): string[] {
  if (!pointer.startsWith("/")) throw new RangeError(`${pointer}: a JSON Pointer starts with /`);
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function indexOf(target: readonly unknown[], step: string, pointer: string): string {
  if (step === "-") return String(target.length);
  if (!/^(0|[1-9]\d*)$/.test(step) || Number(step) > target.length) throw missing(pointer, step);
  return step;
}

function missing(pointer: string, step: string): RangeError {
  return new RangeError(`${pointer}: there is no ${step} in this body`);
}
