import type { LookupAddress, lookup } from "node:dns";
import { isIPv4 } from "node:net";
import { describe, expect, test } from "vitest";
import { classifyAddress, guardedLookup } from "./destination-address.ts";

test.each([
  ["8.8.8.8", "public"],
  ["172.32.0.1", "public"],
  ["100.128.0.1", "public"],
  ["2606:4700::1111", "public"],
  ["::ffff:8.8.8.8", "public"],
  ["64:ff9b::8.8.8.8", "public"],
  ["2002:808:808::1", "public"],
  ["127.0.0.1", "private"],
  ["127.255.255.254", "private"],
  ["10.1.2.3", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["::1", "private"],
  ["0:0:0:0:0:0:0:1", "private"],
  ["fd12:3456::1", "private"],
  ["::ffff:127.0.0.1", "private"],
  ["::ffff:7f00:1", "private"],
  ["0:0:0:0:0:ffff:0a00:0001", "private"],
  ["64:ff9b::10.0.0.1", "private"],
  ["2002:7f00:1::", "private"],
  ["::10.0.0.1", "private"],
  ["0.0.0.0", "forbidden"],
  ["169.254.169.254", "forbidden"],
  ["::ffff:169.254.169.254", "forbidden"],
  ["64:ff9b::a9fe:a9fe", "forbidden"],
  ["2002:a9fe:a9fe::", "forbidden"],
  ["100.100.100.200", "forbidden"],
  ["192.0.0.192", "forbidden"],
  ["fd00:ec2::254", "forbidden"],
  ["224.0.0.1", "forbidden"],
  ["255.255.255.255", "forbidden"],
  ["::", "forbidden"],
  ["fe80::1", "forbidden"],
  ["fe80::1%eth0", "forbidden"],
  ["ff02::1", "forbidden"],
  ["2001:0:4136:e378::", "forbidden"],
  ["not an address", "forbidden"],
])("%s is %s", (address, expected) => expect(classifyAddress(address)).toBe(expected));

describe("a name leads only to", () => {
  const answering = (addresses: readonly string[]) =>
    ((_name: string, _options: object, done: (error: null, found: LookupAddress[]) => void) =>
      done(
        null,
        addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 })),
      )) as unknown as typeof lookup;

  const look = (name: string, addresses: readonly string[], options: { all?: boolean } = { all: true }) =>
    new Promise<unknown>((resolve) =>
      guardedLookup(answering(addresses))(name, options, (error, found) => resolve(error?.code ?? found)),
    );

  test.each([
    ["hooks.example.com", "127.0.0.1"],
    ["hooks.example.com", "10.0.0.1"],
    ["hooks.example.com", "::ffff:192.168.0.1"],
    ["hooks.example.com", "169.254.169.254"],
    ["internal.example.com", "10.0.0.1"],
    ["localhost.example.com", "127.0.0.1"],
    ["ledger.internal", "169.254.169.254"],
    ["metadata", "fd00:ec2::254"],
  ])("what it may: %s does not lead to %s", async (name, address) => {
    expect(await look(name, [address])).toBe("ADDRESS_REFUSED");
  });

  test.each([
    ["hooks.example.com", "93.184.215.14"],
    ["localhost", "127.0.0.1"],
    ["app.localhost", "::1"],
    ["ledger.internal", "10.0.0.1"],
    ["ledger.internal.", "10.0.0.1"],
    ["nas.local", "192.168.1.7"],
    ["ledger", "172.18.0.3"],
  ])("what it may: %s leads to %s", async (name, address) => {
    expect(await look(name, [address])).toEqual([{ address, family: isIPv4(address) ? 4 : 6 }]);
    expect(await look(name, [address], {})).toBe(address);
  });

  test("the allowed ones among its addresses", async () => {
    expect(await look("hooks.example.com", ["10.0.0.1", "93.184.215.14"])).toEqual([
      { address: "93.184.215.14", family: 4 },
    ]);
  });

  test("nothing when it has no address", async () => {
    expect(await look("hooks.example.com", [])).toBe("ADDRESS_REFUSED");
  });
});
