/** Whether an address of a connection is this machine's loopback. */
export function isLoopbackAddress(address: string): boolean {
  const plain = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  return plain === "::1" || /^127(\.\d{1,3}){3}$/.test(plain);
}

/** Whether a listener that is bound to `host` is reachable under names that it cannot know. */
function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "";
}

/**
 * Whether a `Host` header names a listener bound to `host`: by that name or by one of loopback, whatever the port (ports
 * get forwarded). A name that some page's DNS made point here is neither, which is what stops DNS rebinding. A listener
 * on a wildcard address cannot know its names; it never runs without tokens, and no browser adds those by itself.
 */
export function namesListener(header: string | null, host: string): boolean {
  const name = hostnameOf(header);
  if (name === null) return false;
  if (isWildcard(host)) return true;
  return (
    name === "localhost" || isLoopbackAddress(name) || name === hostnameOf(host.includes(":") ? `[${host}]` : host)
  );
}

/** Whether an `Origin` header is absent or names the host that the request was sent to. */
export function isSameOrigin(request: Request): boolean {
  const origin = request.headers.get("origin");
  if (origin === null) return request.headers.get("sec-fetch-site") !== "cross-site";
  try {
    const { host, protocol } = new URL(origin);
    return /^https?:$/.test(protocol) && host === request.headers.get("host")?.toLowerCase();
  } catch {
    return false;
  }
}

// As URLs write it: lower case, shortened, without port and brackets.
function hostnameOf(header: string | null): string | null {
  if (header === null || !/^[\w.:[\]-]+$/.test(header)) return null;
  try {
    return new URL(`http://${header}`).hostname.replace(/^\[|\]$|\.$/g, "");
  } catch {
    return null;
  }
}
