import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeAttributeValues, toJson } from "./attribute-values.ts";

const BYTES = new Uint8Array([0, 250, 255]);
const BASE64 = "APr/";

describe("binary attribute values", () => {
  test("are base64 on the wire, at any depth, also from a Buffer", () => {
    const Item = {
      B: { B: BYTES },
      set: { BS: [BYTES, Buffer.from(BYTES)] },
      deep: { M: { B: { L: [{ M: { BS: { B: BYTES } } }] } } },
    };
    expect(JSON.parse(toJson({ Item }))).toEqual({
      Item: {
        B: { B: BASE64 },
        set: { BS: [BASE64, BASE64] },
        deep: { M: { B: { L: [{ M: { BS: { B: BASE64 } } }] } } },
      },
    });
  });

  test("come back as bytes, and attributes that are only named like types stay what they are", () => {
    const output = JSON.parse(
      `{"Item":{"B":{"S":"${BASE64}"},"BS":{"L":[{"S":"${BASE64}"},{"B":"${BASE64}"}]},"M":{"M":{"B":{"N":"1"},"L":{"BS":["${BASE64}"]}}},
        "S":{"SS":["${BASE64}"]},"__proto__":{"B":"${BASE64}"},"no":{"NULL":true}},"Count":1}`,
    );
    decodeAttributeValues(output);
    expect(Object.entries(output.Item)).toEqual([
      ["B", { S: BASE64 }],
      ["BS", { L: [{ S: BASE64 }, { B: BYTES }] }],
      ["M", { M: { B: { N: "1" }, L: { BS: [BYTES] } } }],
      ["S", { SS: [BASE64] }],
      ["__proto__", { B: BYTES }],
      ["no", { NULL: true }],
    ]);
    expect(output.Count).toBe(1);
  });

  test("survive the way there and back in any item", () => {
    const bytes = fc.uint8Array({ maxLength: 9 });
    const name = fc.oneof(fc.constantFrom("B", "BS", "M", "L", "S", "Item"), fc.stringMatching(/^[a-z]{1,5}$/));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.record({ B: bytes }),
        fc.record({ BS: fc.array(bytes, { maxLength: 3 }) }),
        fc.record({ S: fc.string() }),
        fc.record({ L: fc.array(tie("value"), { maxLength: 3 }) }),
        fc.record({ M: fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }) }),
      ),
    }));
    const item = fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true });
    fc.assert(
      fc.property(item, item, (Item, LastEvaluatedKey) => {
        const sent = { Item, Attributes: Item, Items: [Item, LastEvaluatedKey], LastEvaluatedKey };
        const returned = JSON.parse(toJson(sent));
        decodeAttributeValues(returned);
        expect(returned).toEqual(sent);
      }),
    );
  });
});
