import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CertificateSourceOptions, openCertificateSource } from "./certificate-source.ts";
import { createDevCertificates } from "./dev-certificates.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const ORIGIN = "https://api.paypal.com";
const URL_1 = `${ORIGIN}/v1/notifications/certs/CERT-1`;

let folder: string;
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "certificates-"));
  requests = [];
  answer = (_, response) => response.end(PEM);
  server = createServer((request, response) => {
    requests.push(String(request.url));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** A source whose https host is the loopback server. */
function open(options: Partial<CertificateSourceOptions> = {}) {
  const { port } = server.address() as AddressInfo;
  return openCertificateSource({
    dir: join(folder, "certs"),
    fetch: (url, init) => fetch(url.replace(ORIGIN, `http://127.0.0.1:${port}`), init),
    ...options,
  });
}

test("a certificate is fetched once, kept in memory and in a private file", async () => {
  const certificate = open();
  expect(await certificate(URL_1)).toBe(PEM);
  expect(await certificate(URL_1)).toBe(PEM);
  expect(requests).toEqual(["/v1/notifications/certs/CERT-1"]);
  const file = join(folder, "certs", "CERT-1.pem");
  expect(readFileSync(file, "utf8")).toBe(PEM);
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  expect(lstatSync(join(folder, "certs")).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(folder, "certs"))).toEqual(["CERT-1.pem"]);
});

test("a file that is there is used and nothing is fetched", async () => {
  writeFileSync(join(folder, "CERT-1.pem"), `${PEM}${PEM}`);
  expect(await open({ dir: folder })(URL_1)).toBe(`${PEM}${PEM}`);
  expect(requests).toEqual([]);
});

test("a file that holds no certificate is fetched anew", async () => {
  writeFileSync(join(folder, "CERT-1.pem"), "");
  expect(await open({ dir: folder })(URL_1)).toBe(PEM);
  expect(readFileSync(join(folder, "CERT-1.pem"), "utf8")).toBe(PEM);
});

test("many askers at once share one fetch", async () => {
  const certificate = open();
  const answers = await Promise.all(Array.from({ length: 20 }, () => certificate(URL_1)));
  expect(new Set(answers)).toEqual(new Set([PEM]));
  expect(requests).toHaveLength(1);
});

test("no more than eight fetches run at once, and the next is told to come again", async () => {
  const waiting: ServerResponse[] = [];
  answer = (_, response) => waiting.push(response);
  const certificate = open();
  const running = Array.from({ length: 8 }, (_, n) => certificate(`${ORIGIN}/certs/C-${n}`));
  await expect.poll(() => waiting.length).toBe(8);
  expect(await certificate(`${ORIGIN}/certs/C-8`)).toBeNull();
  for (const response of waiting) response.end(PEM);
  expect(await Promise.all(running)).toEqual(Array(8).fill(PEM));
  answer = (_, response) => response.end(PEM);
  expect(await certificate(`${ORIGIN}/certs/C-8`)).toBe(PEM);
});

test("a redirect is not followed", async () => {
  answer = (request, response) => {
    if (request.url === "/elsewhere") response.end(PEM);
    else response.writeHead(302, { location: "/elsewhere" }).end();
  };
  expect(await open()(URL_1)).toBeNull();
  expect(requests).toEqual(["/v1/notifications/certs/CERT-1"]);
});

test.each<[string, (response: ServerResponse) => void]>([
  ["an error page", (response) => response.writeHead(404).end(PEM)],
  ["a page that is no certificate", (response) => response.end("<html>")],
  ["a body over 64 KiB", (response) => response.end(PEM + "x".repeat(64 * 1024))],
  [
    "a connection cut in the middle",
    (response) => response.writeHead(200, { "content-length": 999 }).write(PEM, () => response.destroy()),
  ],
])("%s is no certificate and leaves no file", async (_, write) => {
  answer = (_request, response) => void write(response);
  expect(await open()(URL_1)).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test("a server that stops talking is given up in time", async () => {
  answer = (_, response) => response.write(PEM);
  expect(await open({ timeoutMs: 50 })(URL_1)).toBeNull();
});

test("what is out of reach is not asked for again at once, but its file is looked for", async () => {
  answer = (_, response) => response.writeHead(500).end();
  const certificate = open({ dir: folder });
  expect(await certificate(URL_1)).toBeNull();
  answer = (_, response) => response.end(PEM);
  expect(await certificate(URL_1)).toBeNull();
  expect(requests).toHaveLength(1);
  writeFileSync(join(folder, "CERT-1.pem"), PEM);
  expect(await certificate(URL_1)).toBe(PEM);
});

test("what is out of reach is asked for again after a while", async () => {
  answer = (_, response) => response.writeHead(500).end();
  const certificate = open({ retryAfterMs: 0 });
  expect(await certificate(URL_1)).toBeNull();
  answer = (_, response) => response.end(PEM);
  expect(await certificate(URL_1)).toBe(PEM);
});

test("a folder that cannot be written only costs the next start a fetch", async () => {
  writeFileSync(join(folder, "certs"), "a file is in the way");
  chmodSync(folder, 0o500);
  const certificate = open();
  expect(await certificate(URL_1)).toBe(PEM);
  chmodSync(folder, 0o700);
});

test("an expired certificate is fetched anew, and given as it is when there is no other", async () => {
  const { leafPem } = createDevCertificates();
  const renewed = createDevCertificates().leafPem;
  writeFileSync(join(folder, "CERT-1.pem"), leafPem);
  let now = Date.now();
  answer = (_, response) => response.writeHead(500).end();
  const certificate = open({ dir: folder, now: () => now, retryAfterMs: 0 });
  expect(await certificate(URL_1)).toBe(leafPem);
  expect(requests).toHaveLength(0);
  now += 11 * 365 * 86_400_000;
  expect(await certificate(URL_1)).toBe(leafPem);
  expect(requests).toHaveLength(1);
  answer = (_, response) => response.end(renewed);
  expect(await certificate(URL_1)).toBe(renewed);
  expect(readFileSync(join(folder, "CERT-1.pem"), "utf8")).toBe(renewed);
});

test("an expired certificate without a renewal is not asked for at every delivery", async () => {
  const { leafPem } = createDevCertificates();
  answer = (_, response) => response.end(leafPem);
  const certificate = open({ now: () => Date.now() + 11 * 365 * 86_400_000 });
  for (let n = 0; n < 3; n++) expect(await certificate(URL_1)).toBe(leafPem);
  expect(requests).toHaveLength(1);
});

test("without a folder certificates are kept in memory", async () => {
  const certificate = open({ dir: null });
  expect(await certificate(URL_1)).toBe(PEM);
  expect(await certificate(URL_1)).toBe(PEM);
  expect(requests).toHaveLength(1);
});

test.each([
  "http://api.paypal.com/certs/CERT-1",
  `${ORIGIN}/certs/..`,
  `${ORIGIN}/certs/.hidden`,
  `${ORIGIN}/certs/a%2f..%2fb`,
  `${ORIGIN}/certs/a?b`,
  `${ORIGIN}/certs/`,
  "not a url",
])("%s names no file and is never fetched", async (url) => {
  expect(await open()(url)).toBeNull();
  expect(requests).toEqual([]);
});
