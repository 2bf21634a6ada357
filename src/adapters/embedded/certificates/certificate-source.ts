import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureDirectory, writeDurableFile } from "../archive/durable-file.ts";

export interface CertificateSourceOptions {
  /** Folder of `{last URL segment}.pem` files, read before anything is fetched and written after; null for none. */
  readonly dir: string | null;
  /** @default the global `fetch` */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds until a fetch is given up. @default 5000 */
  readonly timeoutMs?: number;
  /** Milliseconds for which an unreachable certificate is not asked for again. @default 30000 */
  readonly retryAfterMs?: number;
  /**
   * The time, in epoch milliseconds. With it, a certificate that has expired is fetched anew, for the case that it was
   * renewed under its old URL; where that fails, the old one is given. Without it, what was found once is kept.
   */
  readonly now?: () => number;
}

const MAX_BYTES = 64 * 1024;
// The URL is a sender's: what it can make us remember and do at the same time is bounded.
const MAX_KEPT = 64;
const MAX_FETCHES = 8;

/**
 * Gives PEM text by URL: from memory, from `dir`, from the network, in this order. Null when it is out of reach; never
 * rejects. A URL is fetched at most once at a time, over https, without following redirects. The caller has judged the
 * URL and will judge the certificate: nothing here makes it trustworthy.
 */
export function openCertificateSource(options: CertificateSourceOptions): (url: string) => Promise<string | null> {
  const { dir, retryAfterMs = 30_000, now } = options;
  const kept = new Map<string, Kept>();
  const notBefore = new Map<string, number>();
  const running = new Map<string, Promise<string | null>>();
  let fetching = 0;

  const isCurrent = (found: Kept | null | undefined): found is Kept =>
    found != null && (now === undefined || found.expiresAt > now());

  const fetchAnew = async (url: string): Promise<Kept | null> => {
    if (fetching >= MAX_FETCHES || (notBefore.get(url) ?? 0) > performance.now()) return null;
    fetching++;
    const pem = await download(url, options);
    fetching--;
    const found = pem === null ? null : keep(pem);
    if (!isCurrent(found)) remember(notBefore, url, performance.now() + retryAfterMs);
    return found;
  };

  const find = async (url: string, name: string): Promise<string | null> => {
    const old = kept.get(url) ?? (dir === null ? null : await readStored(join(dir, name)));
    const fresh = isCurrent(old) ? null : await fetchAnew(url);
    const found = fresh ?? old;
    if (found !== null) remember(kept, url, found);
    // The folder only saves a fetch after a restart: a full disk must not refuse a payment.
    if (dir !== null && fresh !== null) await store(dir, name, fresh.pem).catch(() => {});
    return found?.pem ?? null;
  };

  return async (url) => {
    const known = kept.get(url);
    if (isCurrent(known)) return known.pem;
    const name = fileNameOf(url);
    if (name === null) return null;
    const search = running.get(url) ?? find(url, name).finally(() => running.delete(url));
    running.set(url, search);
    return search;
  };
}

interface Kept {
  readonly pem: string;
  /** Epoch milliseconds, of the first certificate; never for text that is none. */
  readonly expiresAt: number;
}

function keep(pem: string): Kept {
  try {
    return { pem, expiresAt: Date.parse(new X509Certificate(pem).validTo) };
  } catch {
    return { pem, expiresAt: Number.POSITIVE_INFINITY };
  }
}

/** Null for a URL whose last segment would be no plain file name, or that is not https. */
function fileNameOf(url: string): string | null {
  const segment = /^https:\/\/[^?#]+\/([A-Za-z0-9_-][A-Za-z0-9._-]{0,199})$/.exec(url)?.[1];
  return segment === undefined ? null : `${segment}.pem`;
}

async function readStored(path: string): Promise<Kept | null> {
  try {
    const text = await readFile(path, "utf8");
    return isCertificateText(text) ? keep(text) : null;
  } catch {
    return null;
  }
}

async function store(dir: string, name: string, pem: string): Promise<void> {
  await writeDurableFile(join(await ensureDirectory(dir, []), name), pem);
}

async function download(
  url: string,
  { fetch = globalThis.fetch, timeoutMs = 5_000 }: CertificateSourceOptions,
): Promise<string | null> {
  try {
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
    const text = response.status === 200 ? await readLimited(response) : await discard(response);
    return text !== null && isCertificateText(text) ? text : null;
  } catch {
    // Refused, redirected, too slow, no network: all mean that it cannot be had now.
    return null;
  }
}

async function readLimited(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the rest of the body.
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function discard(response: Response): Promise<null> {
  await response.body?.cancel();
  return null;
}

function isCertificateText(text: string): boolean {
  return text.length <= MAX_BYTES && text.includes("-----BEGIN CERTIFICATE-----");
}

function remember<T>(map: Map<string, T>, url: string, value: T): void {
  map.delete(url);
  const [oldest] = map.keys();
  if (map.size >= MAX_KEPT && oldest !== undefined) map.delete(oldest);
  map.set(url, value);
}
