import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generic } from "./generic.ts";
import { compose, genericScheme } from "./generic-signature.ts";

const SECRET = "the secret of a shop's own system";
const NOW = 1_780_315_200_000;
// Not UTF-8: what is signed are bytes.
const body = Buffer.concat([Buffer.from('{"note":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
const mac = (content: Uint8Array, encoding: "hex" | "base64" = "hex", secret = SECRET) =>
  createHmac("sha256", secret).update(content).digest(encoding);
const timed = (time: string) => Buffer.concat([Buffer.from(`${time}.`), body]);

const verify = (
  headers: Readonly<Record<string, string | readonly string[]>>,
  hmac: Readonly<Record<string, unknown>> = {},
  secrets: readonly string[] = [SECRET],
) =>
  generic.verify(
    { headers, body },
    { secrets, settings: { hmac, tolerance: 300_000 }, now: NOW, certificate: async () => null },
  );

describe("the scheme", () => {
  test("without settings is the hex HMAC of the body in x-signature", () => {
    expect(verify({ "x-signature": mac(body) })).toEqual({ kind: "authentic", secretIndex: 0 });
    expect(genericScheme({})).toEqual(genericScheme({ hmac: {} }));
  });

  test("signs the time too as soon as there is a header for it", () => {
    const headers = { "x-signature": mac(timed("1780315200")), "x-time": "1780315200" };
    const hmac = { timestampHeader: "X-Time" };
    expect(verify(headers, hmac)).toEqual({ kind: "authentic", secretIndex: 0, signedAt: NOW });
    expect(verify({ ...headers, "x-signature": mac(body) }, hmac)).toMatchObject({ reason: "wrong_signature" });
  });

  test("takes x-timestamp for a time that is signed without a named header", () => {
    const content = Buffer.concat([body, Buffer.from("|1780315200")]);
    const headers = { "x-signature": mac(content), "x-timestamp": "1780315200" };
    expect(verify(headers, { signed: "{body}|{timestamp}" })).toMatchObject({ kind: "authentic" });
  });

  test("does not read a time that is not signed", () => {
    const headers = { "x-signature": mac(body), "x-time": "1" };
    expect(verify(headers, { signed: "{body}", timestampHeader: "x-time" })).toEqual({
      kind: "authentic",
      secretIndex: 0,
    });
  });

  test("has base64, a prefix and another header where the settings say so", () => {
    const hmac = { header: "X-Shop", encoding: "base64", prefix: "sha256=" };
    expect(verify({ "x-shop": `sha256=${mac(body, "base64")}` }, hmac)).toMatchObject({ kind: "authentic" });
    expect(verify({ "x-shop": mac(body, "base64") }, hmac)).toMatchObject({ reason: "malformed_signature" });
    expect(verify({ "x-shop": `sha256=${mac(body)}` }, hmac)).toMatchObject({ reason: "malformed_signature" });
    const unpadded = `sha256=${mac(body, "base64").slice(0, -1)}`;
    expect(verify({ "x-shop": unpadded }, hmac)).toMatchObject({ reason: "malformed_signature" });
  });

  test("puts bytes into the template that are no text", () => {
    expect(compose("v0:{timestamp}:{body}:{body}", { timestamp: "7", body: Buffer.from([0xff]) })).toEqual(
      Buffer.concat([Buffer.from("v0:7:"), Buffer.from([0xff]), Buffer.from(":"), Buffer.from([0xff])]),
    );
  });
});

test.each([
  ["upper-case hex is the same signature", mac(body).toUpperCase(), "authentic"],
  ["a signature cut short", mac(body).slice(2), "malformed_signature"],
  ["text that is no signature", "sha256", "malformed_signature"],
  ["an empty header", "", "missing_signature"],
  ["a signature with a space before it", ` ${mac(body)}`, "malformed_signature"],
  ["a signature under an empty secret", mac(body, "hex", ""), "wrong_signature"],
])("%s", (_, signature, expected) => {
  const said = verify({ "x-signature": signature }) as { kind: string; reason?: string };
  expect(said.reason ?? said.kind).toBe(expected);
});

test.each([
  ["exactly at the tolerance", "1780314900", "authentic"],
  ["a second older", "1780314899", "stale_timestamp"],
  ["exactly ahead by the tolerance", "1780315500", "authentic"],
  ["a second further ahead", "1780315501", "future_timestamp"],
  ["in milliseconds", "1780315200000", "malformed_signature"],
  ["with a sign", "+1780315200", "malformed_signature"],
  ["with junk", "1780315200abc", "malformed_signature"],
  ["with a fraction", "1780315200.0", "malformed_signature"],
])("a signing time %s", (_, time, expected) => {
  const headers = { "x-signature": mac(timed(time)), "x-time": time };
  const said = verify(headers, { timestampHeader: "x-time" }) as { kind: string; reason?: string };
  expect(said.reason ?? said.kind).toBe(expected);
});

test("a signing time that is missing or comes twice is refused", () => {
  const signature = { "x-signature": mac(timed("1780315200")) };
  const hmac = { timestampHeader: "x-time" };
  expect(verify(signature, hmac)).toMatchObject({ reason: "missing_header" });
  const twice = { ...signature, "x-time": ["1780315200", "1780315200"] };
  expect(verify(twice, hmac)).toMatchObject({ reason: "repeated_signature" });
});

test("every secret is tried, and an empty one is none", () => {
  expect(verify({ "x-signature": mac(body) }, {}, ["a newer secret of theirs", SECRET])).toMatchObject({
    secretIndex: 1,
  });
  expect(verify({ "x-signature": mac(body, "hex", "") }, {}, [""])).toEqual({ kind: "forged", reason: "no_secret" });
});

test.each([
  ["{body}", true],
  ["{timestamp}.{body}", true],
  ["v0:{timestamp}:{body}", true],
  ["{timestamp}", false],
  ["{timestamp}.{Body}", false],
  ["{body}{id}", false],
  ["body", false],
])("the template %s is usable: %s", (template, usable) => {
  expect(generic.settings.hmac?.fields?.signed?.pattern?.test(template)).toBe(usable);
});
