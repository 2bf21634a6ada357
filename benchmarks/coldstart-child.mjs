// One cold start in a process of its own: imports a function, gives it one event, and reports on descriptor 3 what it
// answered and when. Times are milliseconds since the process began.

const [, , file, eventFile] = process.argv;
// Not imported: an import of `node:fs` loads streams too, which would then count neither for nor against a function.
const { readFileSync, writeSync } = process.getBuiltinModule("node:fs");
const event = JSON.parse(readFileSync(eventFile, "utf8"));
const context = { awsRequestId: "00000000-0000-4000-8000-000000000001", getRemainingTimeInMillis: () => 30_000 };

const { handler } = await load(file);
const loadedMs = performance.now();
const answer = await handler(event, context);
const answeredMs = performance.now();
const { userCPUTime, systemCPUTime } = process.resourceUsage();
writeSync(3, JSON.stringify({ loadedMs, answeredMs, cpuMs: (userCPUTime + systemCPUTime) / 1000, answer }));
// What is still open, connections above all, is none of the start.
process.exit();

/** As Lambda does: CommonJS is required, or its source would be searched for exports first. */
function load(path) {
  if (!path.endsWith(".cjs")) return import(process.getBuiltinModule("node:url").pathToFileURL(path).href);
  return process.getBuiltinModule("node:module").createRequire(import.meta.url)(path);
}
