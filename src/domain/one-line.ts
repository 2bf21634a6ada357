/**
 * Foreign text made fit for a log line, an alert or the store: control, format and line characters become spaces, half
 * surrogates U+FFFD, and what is longer than `maxLength` UTF-16 units ends in an ellipsis.
 */
export function oneLine(text: string, maxLength: number): string {
  // Cut first, with room for what is removed: the text may be of any size.
  const clean = text
    .slice(0, maxLength * 2)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\p{Cs}/gu, "\uFFFD")
    .trim();
  if (clean.length <= maxLength) return clean;
  return `${clean.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
