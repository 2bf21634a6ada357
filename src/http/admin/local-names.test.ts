import { expect, test } from "vitest";
import { isLoopbackAddress, isSameOrigin, namesListener } from "./local-names.ts";

test.each([
  ["127.0.0.1", true],
  ["127.255.0.9", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["10.0.0.1", false],
  ["::ffff:10.0.0.1", false],
  ["127.0.0.1.evil.example", false],
  ["", false],
])("the address %j is loopback: %s", (address, loopback) => {
  expect(isLoopbackAddress(address)).toBe(loopback);
});

test.each([
  ["localhost:4641", "127.0.0.1", true],
  ["LOCALHOST", "127.0.0.1", true],
  ["localhost.:80", "127.0.0.1", true],
  ["127.0.0.1:9999", "127.0.0.1", true],
  ["[::1]:4641", "::1", true],
  ["inbox.internal:4641", "inbox.internal", true],
  ["10.1.2.3:4641", "10.1.2.3", true],
  ["[fd00::1]:4641", "fd00::1", true],
  ["anything.example", "0.0.0.0", true],
  ["evil.example:4641", "127.0.0.1", false],
  ["localhost.evil.example", "127.0.0.1", false],
  ["127.0.0.1.nip.io", "127.0.0.1", false],
  ["evil.example", "inbox.internal", false],
  ["10.1.2.4", "10.1.2.3", false],
  ["user@localhost", "127.0.0.1", false],
  ["localhost/evil.example", "127.0.0.1", false],
  ["", "127.0.0.1", false],
  [null, "127.0.0.1", false],
  [null, "0.0.0.0", false],
])("the Host %j names a listener on %s: %s", (header, host, names) => {
  expect(namesListener(header, host)).toBe(names);
});

test.each([
  [{}, true],
  [{ origin: "http://localhost:4641" }, true],
  [{ origin: "https://LOCALHOST:4641" }, true],
  [{ origin: "http://localhost:4642" }, false],
  [{ origin: "http://localhost" }, false],
  [{ origin: "http://evil.example" }, false],
  [{ origin: "null" }, false],
  [{ origin: "" }, false],
  [{ origin: "file://localhost:4641" }, false],
  [{ "sec-fetch-site": "same-origin" }, true],
  [{ "sec-fetch-site": "cross-site" }, false],
])("a request to localhost:4641 with %j is from the same origin: %s", (headers, same) => {
  const request = new Request("http://localhost:4641/", { headers: { host: "localhost:4641", ...headers } });

  expect(isSameOrigin(request)).toBe(same);
});
