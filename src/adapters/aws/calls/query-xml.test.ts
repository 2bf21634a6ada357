import { describe, expect, test } from "vitest";
import { childOf, parseXml, textOf } from "./query-xml.ts";

describe("an XML answer", () => {
  test("is read with its entities, namespaces dropped", () => {
    const root = parseXml(
      `<?xml version="1.0" encoding="UTF-8"?>\n<R xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><A><B>1 &lt; 2 &amp;amp; &#233;&#x1F600;</B><C/></A>\n</R>\n`,
    );
    const a = root && childOf(root, "A");
    expect(a && textOf(a, "B")).toBe("1 < 2 &amp; é😀");
    expect(a && textOf(a, "C")).toBe("");
    expect(a && textOf(a, "D")).toBeUndefined();
  });

  test.each([
    "",
    "text",
    "<A>",
    "<A></B>",
    "<A></A></A>",
    "<A/><B/>",
    "<A/>text",
    "<A b=c/>",
    "<!DOCTYPE A [<!ENTITY x 'y'>]><A>&x;</A>",
    "<A><!-- --></A>",
    "<A><![CDATA[x]]></A>",
    "{}",
  ])("is refused when it is %j", (text) => {
    expect(parseXml(text)).toBeUndefined();
  });
});
