// What grows for ever by design is what is known of an event once its payload is gone: its row, its keys, its place in
// the ledger and its delivery. Payloads of the soak are over 4 KiB, so that one which stays is seen.
const LIMITS = {
  // The store keeps up to 64 MiB of its pages in memory, and gets there as the database grows.
  memory: { perHour: 60 * 2 ** 20, noise: 64 * 2 ** 20 },
  // Eight processes.
  handlers: { perHour: 60 * 2 ** 20, noise: 8 * 8 * 2 ** 20 },
  descriptors: { perHour: 12, noise: 8 },
  wal: { perHour: 16 * 2 ** 20, noise: 16 * 2 ** 20 },
  databasePerEvent: 2048,
};
/** The share of a run that is not judged: caches fill, and the first payloads have not expired yet. */
const WARM_UP = 1 / 3;

/** The figures with their limits, and what is wrong. A rise counts when it is steep and more than noise. */
export function judge(samples, counts, { exitCode, unsound }) {
  const judged = samples.slice(Math.floor(samples.length * WARM_UP));
  const problems = [];
  const figures = [];
  const rises = [
    ["memory of the inbox", "rssBytes", LIMITS.memory, "MiB/h", 2 ** 20],
    ["memory of the handlers", "handlerRssBytes", LIMITS.handlers, "MiB/h", 2 ** 20],
    ["descriptors", "descriptors", LIMITS.descriptors, "/h", 1],
    ["write-ahead log", "walBytes", LIMITS.wal, "MiB/h", 2 ** 20],
  ];
  for (const [name, key, limit, unit, divisor] of rises) {
    const perSecond = slope(judged.map((one) => [one.seconds, one[key]]));
    const measured = round((perSecond * 3600) / divisor);
    const rise = perSecond * (judged.at(-1).seconds - judged[0].seconds);
    const figure = { name, measured, limit: limit.perHour / divisor, unit, rise: round(rise / divisor) };
    figures.push(figure);
    if (perSecond * 3600 > limit.perHour && rise > limit.noise) {
      problems.push(`${name} rises by ${measured} ${unit}, ${figure.rise} in the time that was judged`);
    }
  }
  const perEvent = round(slope(judged.map((one) => [one.stored, one.databaseBytes])));
  figures.push({
    name: "database per stored event",
    measured: perEvent,
    limit: LIMITS.databasePerEvent,
    unit: "bytes",
  });
  if (perEvent > LIMITS.databasePerEvent)
    problems.push(`the database grows by ${perEvent} bytes for each stored event`);
  const backlog = Math.max(...judged.map((one) => one.backlog));
  figures.push({ name: "largest backlog", measured: backlog, limit: 5000, unit: "events" });
  if (backlog > 5000) problems.push(`${backlog} events waited at once: the load is more than this machine can process`);
  for (const [name, measured] of Object.entries(counts)) {
    figures.push({ name, measured, limit: name === "unexpected" ? 0 : "none", unit: "deliveries" });
  }
  if (counts.unexpected > 0) problems.push(`${counts.unexpected} deliveries were not answered as they should be`);
  if (exitCode !== 0) problems.push(`the inbox ended with exit status ${exitCode}`);
  if (unsound.length > 0) problems.push(`strongroom doctor: ${unsound.join(", ")}`);
  return { figures, problems };
}

/** Of the line of least squares. */
function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / spread;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
