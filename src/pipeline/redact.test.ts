import { describe, expect, it } from "vitest";
import { redact, redactText } from "./redact.ts";

const VISA = "4111111111111111";
const MASK = "411111******1111";

describe("card numbers in a body", () => {
  it.each([
    ["one piece", `"${VISA}"`],
    ["groups of four", `"4111 1111 1111 1111"`],
    ["dashes", `"4111-1111-1111-1111"`],
    ["dots", `"4111.1111.1111.1111"`],
    ["slashes", `"4111/1111/1111/1111"`],
    ["underscores", `"4111_1111_1111_1111"`],
    ["colons", `"4111:1111:1111:1111"`],
    ["double colons", `"4111::1111::1111::1111"`],
    ["semicolons", `"4111;1111;1111;1111"`],
    ["semicolons and spaces", `"4111; 1111; 1111; 1111"`],
    ["bars", `"4111|1111|1111|1111"`],
    ["bars and spaces", `"4111 | 1111 | 1111 | 1111"`],
    ["escaped colons", `"4111\\u003a1111\\u003A1111\\u003a1111"`],
    ["percent-encoded colons", `"4111%3A1111%3A1111%3A1111"`],
    ["single digits", `"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"`],
    ["two pieces", `"411111 1111111111"`],
    ["no-break spaces", `"4111\u00a01111\u00a01111\u00a01111"`],
    ["escaped no-break spaces", `"4111\\u00a01111\\u00a01111\\u00a01111"`],
    ["thin spaces and en dashes", `"4111\u2009\u2013\u20091111\u20131111\u20131111"`],
    ["zero-width spaces", `"4111\u200b1111\u200b1111\u200b1111"`],
    ["escaped digits", `"${"\\u0034"}${"\\u0031".repeat(15)}"`],
    ["escaped line breaks", `"4111\\n1111\\n1111\\n1111"`],
    ["full-width digits", `"４１１１１１１１１１１１１１１１"`],
    ["Arabic-Indic digits", `"٤١١١ ١١١١ ١١١١ ١١١١"`],
    ["percent-encoding", `"4111%201111%201111%201111"`],
    ["percent-encoded twice", `"4111%25201111%25201111%25201111"`],
    ["form encoding", `"4111+1111+1111+1111"`],
    ["HTML entities", `"4111&nbsp;1111&#160;1111&#xa0;1111"`],
    ["a number", VISA],
    ["a number with an exponent", "4.111111111111111e15"],
    ["a number with decimals", "4111111111111111.0"],
    ["a number scaled down", "411111111111111100E-2"],
  ])("are masked when written with %s", (_, token) => {
    expect(redacted(`{"note": ${token}, "n": 1.50}`)).toBe(`{"note": "${MASK}", "n": 1.50}`);
  });

  it.each([
    ["paid with 4111 1111 1111 1111.", `paid with ${MASK}.`],
    ["(4111111111111111)", `(${MASK})`],
    ["card4111111111111111", `card${MASK}`],
    ["VISA_4111111111111111", `VISA_${MASK}`],
    ["卡号4111111111111111。", `卡号${MASK}。`],
    ["**4111 1111 1111 1111**", `**${MASK}**`],
    ["2 x 4111 1111 1111 1111 and 5105-1051-0510-5100", `2 x ${MASK} and 510510******5100`],
    ["https://shop.example/pay?pan=4111111111111111&x=1", `https://shop.example/pay?pan=${MASK}&x=1`],
    ["3782 822463 10005", "378282*****0005"],
    ["pan:4111:1111:1111:1111:cvv:123", `pan:${MASK}:cvv:[redacted]`],
    ["3782:822463:10005", "378282*****0005"],
    ["a=1&n=3782; 822463; 10005", "a=1&n=378282*****0005"],
    ["4111111111111111:12:27", `${MASK}:12:27`],
    ["a;4111;1111;1111;1111;b", `a;${MASK};b`],
    ["Maestro 6759 6498 2643 8453", "Maestro 675964******8453"],
  ])("are masked inside the text %j", (text, expected) => {
    expect(redacted(JSON.stringify({ note: text }))).toBe(JSON.stringify({ note: expected }));
  });

  it("are masked in names, and the names of an object stay distinct", () => {
    const body = `{"${VISA}":1,"4111 1111 1111 1111":2,"${MASK}":3,"411111******1111~3":4}`;
    expect(redacted(body)).toBe(`{"${MASK}~2":1,"${MASK}~4":2,"${MASK}":3,"${MASK}~3":4}`);
  });

  it("are masked in JSON inside a string, which stays JSON", () => {
    const inner = JSON.stringify({
      number: 4111111111111111,
      id: "8313842560770001",
      deeper: `{"pan":"${VISA}","cvv":1234}`,
    });
    const result = JSON.parse(redacted(JSON.stringify({ raw: inner })));
    expect(JSON.parse(result.raw)).toEqual({
      number: MASK,
      id: "8313842560770001",
      deeper: `{"pan":"${MASK}","cvv":"[redacted]"}`,
    });
  });

  it("are masked in broken JSON inside a string", () => {
    expect(redacted(JSON.stringify({ error: `bad body {"pan":"${VISA}","cvv":"123"` }))).toBe(
      JSON.stringify({ error: `bad body {"pan":"${MASK}","cvv":"[redacted]"` }),
    );
  });

  it("of the wide Maestro ranges are masked under a card's name only", () => {
    expect(redacted(`{"card":{"number":"500000000009"},"note":"500000000009"}`)).toBe(
      `{"card":{"number":"500000**0009"},"note":"500000000009"}`,
    );
  });

  it("that overlap in two readings go altogether", () => {
    const text = redactText("4111 1111 1111 1111 0015");
    expect(text.replace(/\D/g, "")).not.toContain("41111111111111110015");
    expect(redactText("5105105105105100 4111111111111111")).toBe(`510510******5100 ${MASK}`);
  });
});

describe("what is secret about a card", () => {
  it.each([
    "cvv",
    "CVV2",
    "cvc",
    "cvn",
    "csc",
    "cid",
    "card_cvc",
    "cardCvv",
    "securityCode",
    "security-code",
    "card.security.code",
    "card_verification_value",
    "payment_method_data[card][cvc]",
  ])("goes under the name %s, as a string and as a number", (name) => {
    expect(redacted(JSON.stringify({ a: { [name]: "012" } }))).toBe(JSON.stringify({ a: { [name]: "[redacted]" } }));
    expect(redacted(JSON.stringify({ a: { [name]: 1234 } }))).toBe(JSON.stringify({ a: { [name]: "[redacted]" } }));
  });

  it.each([
    ["pin", "1234"],
    ["cardPin", "123456"],
    ["card_pin", "1234"],
    ["PIN", "98765432"],
    ["pin_block", "0412AC89ABCDEF67"],
    ["pinBlock", "AAECAwQFBgc="],
    ["track1", "B4111111111111111^DOE/JOHN^2512"],
    ["track_2", "4111111111111111D2512"],
    ["trackData", "anything 2512"],
    ["track2_equivalent_data", "4111111111111111D25121010000012300000F"],
    ["magstripe", "4111111111111111=2512"],
    ["emv", "57114111111111111111D2512101"],
    ["icc_data", "9F2608C2C12B098F3DA6E3"],
  ])("goes under the name %s", (name, value) => {
    expect(redacted(JSON.stringify({ [name]: value }))).toBe(JSON.stringify({ [name]: "[redacted]" }));
  });

  it.each([
    [`{"cvv":{"value":"123"},"pin":["1234"]}`, `{"cvv":{"value":"[redacted]"},"pin":["[redacted]"]}`],
    [`[{"name":"cvv","value":"123"}]`, `[{"name":"cvv","value":"[redacted]"}]`],
    [`[{"value":1234,"key":"card_pin"}]`, `[{"value":"[redacted]","key":"card_pin"}]`],
    [`{"magstripe":{"a":"4111 2512","b":{"c":20251210}}}`, `{"magstripe":{"a":"[redacted]","b":{"c":"[redacted]"}}}`],
    [`{"\\u0063vv":"\\u0031\\u0032\\u0033"}`, `{"\\u0063vv":"[redacted]"}`],
    [`{"cvv" : " 123 "}`, `{"cvv" : "[redacted]"}`],
    [`{"billing":{"pin":"1234"}}`, `{"billing":{"pin":"[redacted]"}}`],
  ])("goes from %s", (body, expected) => {
    expect(redacted(body)).toBe(expected);
  });

  it.each([
    ["CVV: 123, thanks", "CVV: [redacted], thanks"],
    ["cvc2=1234&pin=4321", "cvc2=[redacted]&pin=[redacted]"],
    ["the security code is 123.", "the security code is [redacted]."],
    ["<cvv>123</cvv><pin>1234</pin>", "<cvv>[redacted]</cvv><pin>[redacted]</pin>"],
    [`{\\"cvv\\":\\"123\\"`, `{\\"cvv\\":\\"[redacted]\\"`],
    ["number%3D1%26cvv%3D123", "number%3D1%26cvv%3D[redacted]"],
    ["4111111111111111|12|2027|123", `${MASK}|12|2027|[redacted]`],
    ["4111 1111 1111 1111, 09/27, 1234", `${MASK}, 09/27, [redacted]`],
    ["pin block: 0412AC89ABCDEF67", "pin block: [redacted]"],
  ])("goes from the text %j", (text, expected) => {
    expect(redactText(text)).toBe(expected);
    expect(redacted(JSON.stringify({ note: text }))).toBe(JSON.stringify({ note: expected }));
  });

  it.each([
    [
      "%B4111111111111111^DOE/JOHN^25121010000000000000?;4111111111111111=25121010000000000000?",
      "[redacted][redacted]",
    ],
    ["swiped %B1234567890123456^DOE/JOHN^2512101? ok", "swiped [redacted] ok"],
    ["B4111 1111 1111 1111^DOE^2512101", "[redacted]"],
    ["4111111111111111=25121010000012300000", "[redacted]"],
    ["%25B4111111111111111%5EDOE%2FJOHN%5E2512101%3F", "[redacted]"],
    ["tlv 9F0206000000001000 57114111111111111111D25121019F0702FF00", "tlv 9F0206000000001000 [redacted]"],
  ])("goes from the stripe data %j", (text, expected) => {
    expect(redactText(text)).toBe(expected);
    expect(redacted(JSON.stringify({ note: text }))).toBe(JSON.stringify({ note: expected }));
  });
});

describe("what only looks like card data", () => {
  it.each([
    [`{"pspReference":"${VISA}","originalReference":"${VISA}","id":${VISA},"ids":["${VISA}"]}`],
    [`{"transactionId":"${VISA}","transactionid":"${VISA}","tx_ref":"Links-${VISA}","reference":{"value":"${VISA}"}}`],
    [`{"merchantReference":"8313842560770001","rrn":"322206890934","order":{"number":"${VISA}"}}`],
    [`{"amount":{"currency":"XTS","value":${VISA}},"total":"${VISA}.00","created":${VISA}}`],
    [`{"at":1705312200000,"us":1705312200000000,"ns":1705312200000000000,"date":"30052024103015"}`],
    [`{"links":[{"href":"https://api.example/v1/payments/${VISA}","rel":"self"}]}`],
    [`{"phone":"4222222222222","note":"call +4222222222222 or +49 1511 2345 6789"}`],
    [`{"a":"P-5ML4271244454362WXNWU5NQ","b":"WH-4M0448861G563140B-9EX36365822141321","c":"pi_${VISA}"}`],
    [`{"d":"a${VISA}f","e":"${VISA}abc","f":"${VISA}${VISA}","g":"order_${VISA}_2"}`],
    [`{"uuid":"41111111-4222-4222-4222-222111111111","rate":"0.${VISA}","rate2":0.${VISA}}`],
    [`{"text":"IBAN DE89 3704 0044 0532 0130 00 or RF18 5390 0754 7034"}`],
    [`{"text":"34191.79001 01043.510047 91020.150008 5 84410026000000"}`],
    [`{"ips":["2600:1406:5400:1233:4111:1111:1111:1111","2600:1406:5400:1233::","::4111:1111:1111:1111"]}`],
    [`{"text":"from 4111:1111:1111:1111::/64, at 2027-12-31 23:59:59.999, mac 41:11:11:11:11:11:11:11"}`],
    [`{"id":"4111:1111:1111:1111","order_id":"4111|1111|1111|1111","refs":["4111;1111;1111;1111"]}`],
    [`{"text":"4111:1111:1111:1112 41:1111:1111:1111:11 411111:1111111111"}`],
    [`{"text":"4111 1111 1111 1112","n":4111111111111112,"numbers":[4111,1111,1111,1111]}`],
    [
      `{"cvc_check":"pass","cvc":"M","cvv":null,"cvv_status":"123","cvcResult":"1 Matches","cvv2":true,"cvc2":"unchecked"}`,
    ],
    [`{"pincode":"560001","pin_code":560001,"shipping":1234,"tipping":"1234","address":{"pin":"560001"}}`],
    [`{"tracking_number":"1234567890","track":"1234567","chip":"yes","magstripe":"fallback","pin":"entered"}`],
    [`{"text":"PIN: 560001, cid 1234, cvc_check: 123"}`],
    [`{"field":"cvc","code":"1001"}`],
    [`{"ordinal":2250837741010944,"balance_change":-2250837741010944,"fr_siret":"39922799000021"}`],
    [`"${MASK}"`],
    ["[]"],
  ])("stays: %s", (text) => {
    const body = new TextEncoder().encode(text);
    const result = redact(body, text);
    expect(new TextDecoder().decode(result.payload)).toBe(text);
    expect(result.payload).toBe(body);
    expect(result.redacted).toBe(false);
  });

  it("does not cover a card number that is merely mentioned in a field of the provider's own", () => {
    expect(redacted(`{"reference":"card ${VISA}","id":"4111 1111 1111 1111"}`)).toBe(
      `{"reference":"card ${MASK}","id":"${MASK}"}`,
    );
  });
});

describe("the rest of a body", () => {
  it("keeps its bytes: space, escapes, number formats, order", () => {
    const before = `\n{ "z" :1.50e+2,\t"a\\/b":"\\u00e9 \\"", "cvv":"123" , "é": [ 1 , -0.0, ""  ]}\n `;
    expect(redacted(before)).toBe(before.replace(`"123"`, `"[redacted]"`));
  });

  it("is said to be redacted when it is", () => {
    const text = `{"cvv":"123"}`;
    expect(redact(new TextEncoder().encode(text), text).redacted).toBe(true);
  });
});

function redacted(text: string): string {
  return new TextDecoder().decode(redact(new TextEncoder().encode(text), text).payload);
}
