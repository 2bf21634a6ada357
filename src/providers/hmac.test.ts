import { describe, expect, test } from "vitest";
import { findSecret, forged, readBase64, sameText, singleHeader } from "./hmac.ts";

describe("a header that has to be there once", () => {
  test("is read when it is", () => {
    expect(singleHeader({ "x-signature": "abc" }, "x-signature")).toEqual({ ok: true, value: "abc" });
  });

  test.each([[{}], [{ "x-signature": undefined }], [{ "x-signature": "" }]])("is missing in %j", (headers) => {
    expect(singleHeader(headers, "x-signature")).toEqual({ ok: false, reason: "missing_signature" });
  });

  test.each([[["a", "b"]], [["a", "a"]], [["a"]], [[]]])("is refused as the list %j", (value) => {
    expect(singleHeader({ "x-signature": value }, "x-signature")).toEqual({ ok: false, reason: "repeated_signature" });
  });

  test("is not found in what every object inherits", () => {
    expect(singleHeader({}, "constructor")).toEqual({ ok: false, reason: "missing_signature" });
  });
});

test("texts are the same only when every character is", () => {
  expect(sameText("abc", "abc")).toBe(true);
  expect(sameText("abc", "abd")).toBe(false);
  expect(sameText("abc", "ab")).toBe(false);
  expect(sameText("", "a")).toBe(false);
  // One character that is two bytes is as long as two that are one byte each.
  expect(sameText("é", "ab")).toBe(false);
});

describe("base64", () => {
  test("is read as an encoder writes it", () => {
    expect(readBase64("AQID")).toEqual(Buffer.from([1, 2, 3]));
    expect(readBase64("AQ==")).toEqual(Buffer.from([1]));
  });

  test.each(["", "AQ", "AQ=", "AR==", "AQ==\n", " AQ==", "A-_D", "AQID=", "%%%%"])("is refused as %j", (text) => {
    expect(readBase64(text)).toBeNull();
  });
});

describe("the secret that matches", () => {
  test("is the first that does", () => {
    expect(findSecret(["a", "b", "b"], (secret) => secret === "b")).toEqual({ ok: true, index: 1 });
  });

  test("is none when none does", () => {
    expect(findSecret(["a"], () => false)).toEqual({ ok: false, reason: "wrong_signature" });
  });

  test.each([[[]], [[""]], [["", ""]]])("is never an empty one, as in %j", (secrets) => {
    expect(findSecret(secrets, () => true)).toEqual({ ok: false, reason: "no_secret" });
    expect(findSecret([...secrets, "a"], (secret) => secret === "")).toEqual({ ok: false, reason: "wrong_signature" });
  });
});

test("a forgery says when it claims to be signed only where it claims to", () => {
  expect(forged("missing_signature")).toEqual({ kind: "forged", reason: "missing_signature" });
  expect(forged("missing_signature")).not.toHaveProperty("signedAt");
  expect(forged("stale_timestamp", 0)).toEqual({ kind: "forged", reason: "stale_timestamp", signedAt: 0 });
});
