/** Percent-encodes all but the unreserved characters of RFC 3986, as AWS's signature and its Query protocol want. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
