import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Delivery } from "../domain/provider.ts";
import { type DiagnosableSource, diagnose, type NamedSecret } from "./diagnose.ts";
import { square } from "./square.ts";
import { stripe } from "./stripe.ts";

const NOW = Date.parse("2026-01-15T10:30:00Z");
const URL = "https://hooks.example.com/webhooks/square";
const BODY = '{\n  "id": "evt_1",\n  "amount": 10.50,\n  "name": "Zoë & Co/KG",\n  "list": [],\n  "10": 1\n}';

describe("diagnose", () => {
  it("says nothing against a delivery signed with the newest secret", async () => {
    const found = await ask({ secrets: [secret("NEW"), secret("OLD")] }, signedBy("NEW"));
    expect(found).toMatchObject({ authentic: true, reason: null, secret: "the NEW secret" });
  });

  it("names the previous secret when that one matched", async () => {
    const found = await ask({ secrets: [secret("NEW"), secret("OLD")] }, signedBy("OLD"));
    expect(found).toMatchObject({ authentic: true, reason: "previous_secret", secret: "the OLD secret" });
  });

  it("names a secret whose end has passed", async () => {
    const found = await ask({ secrets: [secret("NEW"), secret("OLD", NOW - 1)] }, signedBy("OLD"));
    expect(found).toMatchObject({ authentic: false, reason: "previous_secret", secret: "the OLD secret" });
  });

  it("still names it when no other secret is left", async () => {
    const found = await ask({ secrets: [secret("OLD", NOW - 1)] }, signedBy("OLD"));
    expect(found).toMatchObject({ authentic: false, reason: "previous_secret", secret: "the OLD secret" });
  });

  it("lets a secret verify up to its end", async () => {
    const found = await ask({ secrets: [secret("OLD", NOW)] }, signedBy("OLD"));
    expect(found).toMatchObject({ authentic: true, secret: "the OLD secret" });
  });

  it("finds the source whose secret was used", async () => {
    const other = stripeSource({ name: "stripe-eu", secrets: [secret("EU")] });
    const found = await ask({ secrets: [secret("NEW")] }, signedBy("EU"), { others: [other] });
    expect(found).toMatchObject({ authentic: false, reason: "other_source_secret", secret: "the EU secret" });
    expect(found.explanation).toContain("stripe-eu");
  });

  it("calls it a wrong secret when nothing explains the signature", async () => {
    const found = await ask({ secrets: [secret("NEW")] }, signedBy("STRANGER"));
    expect(found).toMatchObject({ authentic: false, reason: "wrong_secret", secret: null });
  });

  it("recognises an API key in the place of the signing secret", async () => {
    const key = { ref: "the KEY secret", value: "sk_test_0123456789abcdef", notAfter: null };
    const found = await ask({ secrets: [key] }, signedBy("NEW"));
    expect(found).toMatchObject({ authentic: false, reason: "api_key" });
    expect(found.explanation).toContain("the KEY secret");
  });

  it("recognises a secret that lost its prefix", async () => {
    const { value } = secret("NEW");
    const bare = { ref: "the BARE secret", value: value.replace("whsec_", ""), notAfter: null };
    const found = await ask({ secrets: [bare] }, signedBy("NEW"));
    expect(found).toMatchObject({ authentic: false, reason: "secret_spelling", secret: "the BARE secret" });
  });

  it.each([
    ["stale_timestamp", NOW - 10 * 60_000, "10 min before"],
    ["future_timestamp", NOW + 3_600_000, "60 min after"],
  ])("tells a right signature with %s from a wrong one", async (reason, at, words) => {
    const found = await ask({ secrets: [secret("NEW"), secret("OLD")] }, signedBy("OLD", BODY, at));
    expect(found).toMatchObject({ authentic: false, reason, secret: "the OLD secret" });
    expect(found.explanation).toContain(words);
    expect(found.explanation).toContain("tolerance is 5 min");
  });

  it.each<[string, (body: string) => string | Buffer]>([
    ["trailing_newline", (body) => `${body}\n`],
    ["line_endings", (body) => body.replaceAll("\n", "\r\n")],
    ["byte_order_mark", (body) => `\ufeff${body}`],
    ["base64_body", (body) => Buffer.from(body).toString("base64")],
    ["quoted_body", (body) => JSON.stringify(body)],
    ["wrong_charset", (body) => Buffer.from(Buffer.from(body).toString("latin1"), "utf8")],
    ["reserialised_body", (body) => body.replace(/\n\s*/g, "").replaceAll('": ', '":')],
    ["reserialised_body", (body) => body.replaceAll("  ", "    ")],
    ["reserialised_body", (body) => body.replace("ë", "\\u00eb")],
  ])("finds the body that was signed: %s", async (reason, change) => {
    const delivery = { ...signedBy("NEW"), body: Buffer.from(change(BODY)) };
    const found = await ask({ secrets: [secret("NEW")] }, delivery);
    expect(found).toMatchObject({ authentic: false, reason, secret: "the NEW secret" });
  });

  it.each<[string, string]>([
    ["Python", '{"id": "evt_1", "amount": 10.50, "name": "Zo\\u00eb & Co/KG", "list": [], "10": 1}'],
    ["PHP", '{"id":"evt_1","amount":10.50,"name":"Zo\\u00eb & Co\\/KG","list":[],"10":1}'],
    ["Go", '{"id":"evt_1","amount":10.50,"name":"Zoë \\u0026 Co/KG","list":[],"10":1}'],
    ["a compact writer with a last newline", '{"id":"evt_1","amount":10.50,"name":"Zoë & Co/KG","list":[],"10":1}\n'],
  ])("finds the original of %s in a body that was written anew, digits and key order kept", async (_, original) => {
    const delivery = { ...signedBy("NEW", original), body: Buffer.from(BODY) };
    expect(await ask({ secrets: [secret("NEW")] }, delivery)).toMatchObject({ reason: "reserialised_body" });
  });

  it("does not take an altered amount for a change of the way", async () => {
    const delivery = { ...signedBy("NEW"), body: Buffer.from(BODY.replace("10.50", "90.50")) };
    expect(await ask({ secrets: [secret("NEW")] }, delivery)).toMatchObject({ reason: "wrong_secret" });
  });

  it("says that the body is empty", async () => {
    const delivery = { ...signedBy("NEW"), body: new Uint8Array() };
    expect(await ask({ secrets: [secret("NEW")] }, delivery)).toMatchObject({ reason: "empty_body" });
  });

  it("judges a body that is not JSON by its signature alone", async () => {
    const found = await ask({ secrets: [secret("NEW")] }, signedBy("NEW", "not json"));
    expect(found).toMatchObject({ authentic: true });
  });

  it("names the header that is missing, and whose headers these are", async () => {
    const delivery = { headers: { "x-square-hmacsha256-signature": "x" }, body: Buffer.from(BODY) };
    const found = await ask({ secrets: [secret("NEW")] }, delivery, { others: [squareSource(URL)] });
    expect(found).toMatchObject({ authentic: false, reason: "missing_signature" });
    expect(found.explanation).toContain("stripe-signature is missing");
    expect(found.explanation).toContain("Square (source square)");
  });

  it("names the header that was repeated", async () => {
    const { headers, body } = signedBy("NEW");
    const value = String(headers["stripe-signature"]);
    const found = await ask({ secrets: [secret("NEW")] }, { headers: { "stripe-signature": [value, value] }, body });
    expect(found).toMatchObject({ authentic: false, reason: "repeated_signature" });
    expect(found.explanation).toContain("stripe-signature came more than once");
  });

  it("tells a rewritten header from a malformed one", async () => {
    const { headers, body } = signedBy("NEW");
    const folded = String(headers["stripe-signature"]).replace(",", ", ");
    const found = await ask({ secrets: [secret("NEW")] }, { headers: { "stripe-signature": folded }, body });
    expect(found).toMatchObject({ authentic: false, reason: "malformed_signature", secret: "the NEW secret" });
    const garbage = await ask({ secrets: [secret("NEW")] }, { headers: { "stripe-signature": "garbage" }, body });
    expect(garbage).toMatchObject({ authentic: false, reason: "malformed_signature", secret: null });
  });

  it.each([
    [`${URL}/`],
    [URL.replace("https", "http")],
    [URL.replace("hooks.example", "Hooks.Example")],
    [URL.replace(".com", ".com:443")],
    [`${URL}?shop=1`],
  ])("finds another spelling of the URL that Square signs: configured as %s", async (configured) => {
    const signature = createHmac("sha256", secret("SQ").value).update(URL).update(BODY).digest("base64");
    const delivery = { headers: { "x-square-hmacsha256-signature": signature }, body: Buffer.from(BODY) };
    const source = squareSource(configured);
    const found = await diagnose(delivery, { sources: [source], source, now: NOW, certificate: async () => null });
    expect(found).toMatchObject({ authentic: false, reason: "url_mismatch", secret: "the SQ secret" });
    expect(found.explanation).toContain(URL);
  });

  it("finds that Square signed the URL that was requested", async () => {
    const requested = "https://other.example.net/hooks/square";
    const signature = createHmac("sha256", secret("SQ").value).update(requested).update(BODY).digest("base64");
    const headers = { "x-square-hmacsha256-signature": signature };
    const source = squareSource(URL);
    const found = await diagnose(
      { headers, body: Buffer.from(BODY), url: requested },
      { sources: [source], source, now: NOW, certificate: async () => null },
    );
    expect(found).toMatchObject({ reason: "url_mismatch" });
  });

  it("never shows a secret", async () => {
    const keys = ["NEW", "OLD", "EU"].map((name) => secret(name));
    const other = stripeSource({ name: "stripe-eu", secrets: [secret("EU")] });
    for (const name of ["NEW", "OLD", "EU", "STRANGER"]) {
      const found = await ask({ secrets: [secret("NEW"), secret("OLD")] }, signedBy(name), { others: [other] });
      for (const { value } of keys) expect(JSON.stringify(found)).not.toContain(value);
    }
  });
});

function secret(name: string, notAfter: number | null = null): NamedSecret {
  return {
    ref: `the ${name} secret`,
    value: `whsec_${createHmac("sha256", "test").update(name).digest("hex")}`,
    notAfter,
  };
}

function stripeSource(parts: { name?: string; secrets: readonly NamedSecret[] }): DiagnosableSource {
  return { name: "stripe", provider: stripe, settings: { tolerance: 300_000 }, ...parts };
}

function squareSource(notificationUrl: string): DiagnosableSource {
  return { name: "square", provider: square, settings: { notificationUrl }, secrets: [secret("SQ")] };
}

function signedBy(name: string, body = BODY, at = NOW): Delivery {
  const t = Math.floor(at / 1000);
  const v1 = createHmac("sha256", secret(name).value).update(`${t}.${body}`).digest("hex");
  return { headers: { "stripe-signature": `t=${t},v1=${v1}` }, body: Buffer.from(body) };
}

function ask(
  parts: { secrets: readonly NamedSecret[] },
  delivery: Delivery,
  { others = [] }: { others?: readonly DiagnosableSource[] } = {},
) {
  const source = stripeSource(parts);
  return diagnose(delivery, { sources: [source, ...others], source, now: NOW, certificate: async () => null });
}
