import fc from "fast-check";
import { expect, test } from "vitest";
import { describeThrown } from "./describe-thrown.ts";

test("anything that can be thrown is described in one line of at most 500 characters", () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withSparseArray: true, withNullPrototype: true }), (thrown) => {
      const { error } = describeThrown(thrown);
      expect(error).toMatch(/^.{1,500}$/u);
    }),
  );
});

test("a proxy that refuses everything is described and is not permanent", () => {
  const refuse = (): never => {
    throw new Error("refused");
  };
  const hostile = new Proxy(() => {}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse });
  expect(describeThrown(hostile)).toEqual({ error: "the handler threw a value without a message", permanent: false });
});

test("a stack is not part of it and a code is", () => {
  const error = Object.assign(new Error(""), { code: "ECONNREFUSED" });
  expect(describeThrown(error).error).toBe("(ECONNREFUSED)");
  expect(describeThrown(Object.assign(new Error("read"), { code: "EPIPE" })).error).toBe("read (EPIPE)");
});

test("only the value true and the name make a failure permanent", () => {
  expect(describeThrown({ permanent: true, message: "m" }).permanent).toBe(true);
  expect(describeThrown({ permanent: "true", message: "m" }).permanent).toBe(false);
  expect(describeThrown({ name: "PermanentError" }).permanent).toBe(true);
});
