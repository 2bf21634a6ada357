// npm run soak [-- --minutes N --rate N --json]: the real binary under steady mixed traffic, with a handler, a destination,
// a retention of seconds, and a look at memory, descriptors and files every ten seconds. Lines are fitted to what was
// seen after the warm-up; exit status 1 when one rises faster than `LIMITS` allows, an answer was not the expected one,
// or the store is not sound in the end. Linux only, because it reads /proc.
import { parseArgs } from "node:util";
import { startSoakInbox } from "./soak/inbox.mjs";
import { judge } from "./soak/judge.mjs";
import { startLoad } from "./soak/load.mjs";
import { sample } from "./soak/sample.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    rate: { type: "string", default: "100" },
    json: { type: "boolean", default: false },
  },
});
const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
if (!(minutes >= 1 && rate > 0)) throw new RangeError("--minutes must be 1 or more, --rate above 0");

const EVERY_MS = 10_000;
const say = (text) => process.stderr.write(`${text}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);

const inbox = await startSoakInbox();
try {
  const load = startLoad(inbox.ingestUrl, rate);
  const startedAt = performance.now();
  const samples = [];
  say("seconds  memory MiB  handlers MiB  descriptors  database MiB  log MiB  stored  duplicates  forged  backlog");
  while (performance.now() - startedAt < minutes * 60_000) {
    await pause(EVERY_MS);
    const one = await sample(inbox, { seconds: (performance.now() - startedAt) / 1000, ...load.counts });
    samples.push(one);
    say(
      [
        one.seconds.toFixed(0),
        mib(one.rssBytes),
        mib(one.handlerRssBytes),
        one.descriptors,
        mib(one.databaseBytes),
        mib(one.walBytes),
      ]
        .concat([one.stored, one.duplicates, one.forged, one.backlog])
        .map((cell, i) => String(cell).padStart([7, 10, 12, 11, 12, 7, 6, 10, 6, 7][i]))
        .join("  "),
    );
  }
  await load.stop();
  const end = await inbox.finish();
  const { figures, problems } = judge(samples, load.counts, end);
  if (values.json)
    process.stdout.write(`${JSON.stringify({ ok: problems.length === 0, minutes, rate, figures, problems })}\n`);
  for (const { name, measured, limit, unit, rise } of figures) {
    say(`${name.padEnd(26)} ${measured} ${unit} (limit ${limit}${rise === undefined ? "" : `; in all ${rise}`})`);
  }
  for (const problem of problems) say(`FAILED  ${problem}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await inbox.remove();
}
