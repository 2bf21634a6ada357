import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the inbox takes now, its handler processes included, beside what was sent so far. */
export async function sample({ pid, dataDir, adminUrl }, sent) {
  const handlers = family(pid).slice(1);
  const { now } = await (await fetch(`${adminUrl}/api/stats`)).json();
  return {
    ...sent,
    rssBytes: rssOf(pid),
    handlerRssBytes: sum(handlers.map(rssOf)),
    descriptors: sum([pid, ...handlers].map(descriptorsOf)),
    databaseBytes: sizeOf(join(dataDir, "inbox.db")),
    walBytes: sizeOf(join(dataDir, "inbox.db-wal")),
    backlog: now.backlog,
  };
}

function family(pid) {
  const children = gone(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"), "");
  return [
    pid,
    ...children
      .split(" ")
      .filter(Boolean)
      .flatMap((child) => family(Number(child))),
  ];
}

function rssOf(pid) {
  const status = gone(() => readFileSync(`/proc/${pid}/status`, "utf8"), "");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

function descriptorsOf(pid) {
  return gone(() => readdirSync(`/proc/${pid}/fd`).length, 0);
}

function sizeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** A process may end while it is looked at. */
function gone(look, otherwise) {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
