// npm run bench: durable ingest beside servers that keep nothing, in turn within each round; then the drain, the start
// and the ingest again on a store that holds many events. `--quick` takes fewer of everything.
import { readFileSync } from "node:fs";
import { drain } from "./drain.mjs";
import { load } from "./load.mjs";
import { inboxFolder, startFloor, startInbox } from "./servers.mjs";
import { stripeRequests } from "./stripe-requests.mjs";

const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 3 : 5;
const REQUESTS = quick ? 20_000 : 40_000;
const STORED = quick ? 100_000 : 1_000_000;
const WARM_UP = quick ? 15_000 : 40_000;
const CONNECTIONS = 64;
const PAYMENTS = 10_000;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const say = (text) => process.stderr.write(`${text}\n`);

async function rounds(inboxFile) {
  const results = { bare: [], checked: [], strongroom: [] };
  const servers = {
    bare: await startFloor("bare"),
    checked: await startFloor("checked"),
    strongroom: await startInbox(inboxFile),
  };
  // Compiled and warm, as a server is after its first minute.
  for (const { port, admin } of Object.values(servers)) {
    await load(port, stripeRequests(WARM_UP, PAYMENTS, "/webhooks/stripe"), CONNECTIONS);
    if (admin !== undefined) await drained(admin);
  }
  for (let round = 1; round <= ROUNDS; round++) {
    for (const name of Object.keys(results)) {
      const { port, admin } = servers[name];
      const result = await load(port, stripeRequests(REQUESTS, PAYMENTS, "/webhooks/stripe"), CONNECTIONS);
      // What is still to be processed must not cost the next variant anything.
      if (admin !== undefined) await drained(admin);
      if (result.statuses["200"] !== REQUESTS) throw new Error(`${name} answered ${JSON.stringify(result.statuses)}`);
      results[name].push(result);
      say(
        `round ${round} ${name.padEnd(10)} ${result.perSecond.toFixed(0)}/s p50 ${result.p50.toFixed(2)} p99 ${result.p99.toFixed(2)} ms`,
      );
    }
  }
  for (const server of Object.values(servers)) await server.stop();
  return results;
}

function summary(title, results) {
  say(`\n${title}: medians of ${ROUNDS} rounds, ${REQUESTS} requests, ${CONNECTIONS} connections`);
  for (const [name, runs] of Object.entries(results)) {
    const ratio = (base) => median(runs.map((run, i) => run.perSecond / results[base][i].perSecond)).toFixed(2);
    say(
      `  ${name.padEnd(10)} ${median(runs.map((run) => run.perSecond))
        .toFixed(0)
        .padStart(6)}/s  of bare ${ratio("bare")}  of checked ${ratio("checked")}` +
        `  p50 ${median(runs.map((run) => run.p50)).toFixed(2)}  p99 ${median(runs.map((run) => run.p99)).toFixed(2)} ms`,
    );
  }
}

const folder = inboxFolder();
try {
  summary("Durable ingest, empty store", await rounds(folder.file));
  await drain(folder, { events: 50_000, payments: PAYMENTS, say });
  say(`\nfilling the store with ${STORED} events`);
  const filling = await startInbox(folder.file);
  for (let sent = 0; sent < STORED; sent += 50_000) {
    await load(filling.port, stripeRequests(50_000, 50_000, "/webhooks/stripe"), 256);
    if ((sent / 50_000) % 4 === 0) say(`  ${sent + 50_000}`);
  }
  await drained(filling.admin);
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${filling.pid}/status`, "utf8"))?.[1] ?? 0);
  say(`  resident memory ${(rss / 1024).toFixed(0)} MiB`);
  await filling.stop();
  const again = await startInbox(folder.file);
  say(`  start on that store: ready after ${again.readyMs.toFixed(0)} ms`);
  await again.stop();
  summary(`Durable ingest, ${STORED} events stored`, await rounds(folder.file));
  await drain(folder, { events: 50_000, payments: PAYMENTS, say });
} finally {
  folder.remove();
}

async function drained(admin) {
  for (;;) {
    const text = await (await fetch(`${admin}/metrics`)).text();
    if (/^strongroom_backlog 0$/m.test(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
