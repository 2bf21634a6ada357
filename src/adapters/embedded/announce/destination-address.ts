import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { BlockList, isIPv4, type LookupFunction } from "node:net";

/**
 * Where a configured URL may lead. `public`: any network may. `private`: this machine and its networks, only for a URL
 * whose host cannot be a public name. `forbidden`: never through a name (cloud metadata, link-local, multicast).
 */
export type AddressClass = "public" | "private" | "forbidden";

/** The `code` of the error that `guardedLookup` gives when no address of a name is allowed. */
export const ADDRESS_REFUSED = "ADDRESS_REFUSED";

/**
 * A `lookup` for `http.request` that connects only to addresses it has judged itself, so that a public name cannot be
 * pointed at an inside address, not even between check and use. An IP address in the URL is never looked up: the
 * operator named it. `localhost`, a name without a dot and the private-use names (`.internal`, `.local`, `.home.arpa`)
 * may lead to private addresses, because naming them is naming the inside.
 */
export function guardedLookup(resolve: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "");
      const allowed = addresses.filter(({ address }) => isAllowed(hostname, address));
      const [first] = allowed;
      if (first === undefined) return callback(refusal(addresses), "");
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}

/** Judges an IP address. IPv6 forms that carry an IPv4 address are judged by that one. */
export function classifyAddress(address: string): AddressClass {
  if (isIPv4(address)) return inLists(address, "ipv4");
  const groups = groupsOf(address);
  if (groups === null) return "forbidden";
  const inner = embeddedIpv4(groups);
  return inner === null ? inLists(address.replace(/%.*$/, ""), "ipv6") : inLists(inner, "ipv4");
}

function isAllowed(hostname: string, address: string): boolean {
  const found = classifyAddress(address);
  return found === "public" || (found === "private" && isPrivateName(hostname));
}

function isPrivateName(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  return !name.includes(".") || /\.(?:localhost|internal|local|home\.arpa)$/.test(name);
}

function refusal(addresses: readonly LookupAddress[]): NodeJS.ErrnoException {
  const why = addresses.length === 0 ? "no address" : "only addresses that it may not lead to";
  return Object.assign(new Error(`the destination's name has ${why}`), { code: ADDRESS_REFUSED });
}

// RFC 6890 and its registries, and the addresses at which clouds serve instance credentials.
const FORBIDDEN = listOf(
  ["0.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15"],
  ["198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
  ["::/128", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128", "100::/64", "2001::/23", "2001:db8::/32"],
  ["64:ff9b:1::/48", "3fff::/20", "5f00::/16"],
);
const PRIVATE = listOf(
  ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10"],
  ["::1/128", "fc00::/7"],
);

function listOf(...ranges: readonly (readonly string[])[]): BlockList {
  const list = new BlockList();
  for (const range of ranges.flat()) {
    const [net = "", prefix] = range.split("/");
    list.addSubnet(net, Number(prefix), isIPv4(net) ? "ipv4" : "ipv6");
  }
  return list;
}

function inLists(address: string, family: "ipv4" | "ipv6"): AddressClass {
  if (FORBIDDEN.check(address, family)) return "forbidden";
  return PRIVATE.check(address, family) ? "private" : "public";
}

function embeddedIpv4(groups: readonly number[]): string | null {
  const leading = (count: number): string =>
    groups
      .slice(0, count)
      .map((group) => group.toString(16))
      .join(":");
  const last = [groups[6] ?? 0, groups[7] ?? 0] as const;
  // IPv4-mapped (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056).
  if (leading(6) === "0:0:0:0:0:ffff" || leading(6) === "64:ff9b:0:0:0:0") return dotted(...last);
  if (leading(1) === "2002") return dotted(groups[1] ?? 0, groups[2] ?? 0);
  // IPv4-compatible, deprecated; `::` and `::1` are addresses of their own.
  return leading(6) === "0:0:0:0:0:0" && (last[0] !== 0 || last[1] > 1) ? dotted(...last) : null;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The eight groups of an IPv6 address, or null when it is none. */
function groupsOf(address: string): number[] | null {
  let text: string;
  try {
    // The URL parser writes every form in one way, dotted tails included.
    text = new URL(`http://[${address.replace(/%.*$/, "")}]/`).hostname.slice(1, -1);
  } catch {
    return null;
  }
  const [head = "", tail] = text.split("::");
  const read = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return read(head);
  const [before, after] = [read(head), read(tail)];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
