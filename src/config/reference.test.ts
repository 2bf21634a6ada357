import { describe, expect, it } from "vitest";
import { parseReference } from "./reference.ts";

describe("references", () => {
  it("reads the three kinds, optional or not", () => {
    expect(parseReference("${env:A_1}")).toEqual({ kind: "env", name: "A_1", optional: false });
    expect(parseReference("${env:A_1?}")).toEqual({ kind: "env", name: "A_1", optional: true });
    expect(parseReference("${file:/run/secrets/shop eu}")).toEqual({
      kind: "file",
      path: "/run/secrets/shop eu",
      optional: false,
    });
    expect(parseReference("${file:./a?}")).toEqual({ kind: "file", path: "./a", optional: true });
    expect(parseReference("${aws-sm:prod/strongroom#stripe}")).toEqual({
      kind: "aws-sm",
      id: "prod/strongroom",
      key: "stripe",
      optional: false,
    });
    expect(parseReference("${aws-sm:arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf#k?}")).toEqual({
      kind: "aws-sm",
      id: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf",
      key: "k",
      optional: true,
    });
  });

  it.each([
    "",
    "whsec_0123456789abcdef",
    "$env:A",
    "${A}",
    "${env:}",
    "${env:?}",
    "${env:1A}",
    "${env:A B}",
    "${env:A??}",
    "${ENV:A}",
    "${file:}",
    "${file: }",
    "${file:?}",
    "${aws-sm:id}",
    "${aws-sm:#key}",
    "${aws-sm:id#}",
    "${vault:a}",
    "x${env:A}",
    "${env:A}x",
    " ${env:A}",
    "${env:A}\n",
    "${env:A}${env:B}",
    "${env:${env:A}}",
  ])("%j is no reference", (text) => {
    expect(parseReference(text)).toBeNull();
  });
});
