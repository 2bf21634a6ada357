// npm run bench:coldstart: each Lambda function from a fresh process to its first answer, and the receiver built in other
// ways, over the bare runtime (`node -e 0`) of the same round. Nothing but a wrong answer makes it fail.
//
//   --rounds N      of 21
//   --only NAME     one function; the receiver with its variants
//   --node PATH     the runtime to measure, when it is not the one that runs this
//   --json FILE     the figures and every run
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createDevCertificates } from "../dist/adapters/embedded/certificates/dev-certificates.js";
import { buildFunctionConfig } from "../dist/config/build-function-config.js";
import { compileConfig } from "../dist/config/compiled-config.js";
import { startAwsStub } from "./coldstart/aws-stub.mjs";
import { deadItem, EVENTS_TABLE, environment, functions, SECRET } from "./coldstart/functions.mjs";
import { buildVariants } from "./coldstart/receiver-variants.mjs";
import { bareFigures, figures, table } from "./coldstart/report.mjs";
import { runOnce } from "./coldstart/run-once.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "21" },
    only: { type: "string" },
    node: { type: "string", default: process.execPath },
    json: { type: "string" },
  },
});
const { only, node } = values;
const rounds = Number(values.rounds);
if (!(Number.isInteger(rounds) && rounds > 0 && rounds <= 1000))
  throw new Error("--rounds takes a number from 1 to 1000.");

const say = (text) => process.stderr.write(`${text}\n`);
const root = fileURLToPath(new URL("..", import.meta.url));
const child = fileURLToPath(new URL("./coldstart-child.mjs", import.meta.url));
const version = execFileSync(node, ["-p", "process.versions.node"], { encoding: "utf8" }).trim();
const folder = mkdtempSync(`${tmpdir()}/strongroom-coldstart-`);
// What is measured stays the same when somebody builds meanwhile.
cpSync(`${root}dist/lambda`, `${folder}/lambda`, { recursive: true });
const bundleOf = (name) => `${folder}/lambda/${name}/index.mjs`;
const { leafPem: cert, privateKeyPem: key } = createDevCertificates();
const items = {};
const stub = await startAwsStub({ secret: SECRET, items, certificate: { cert, key } });
try {
  await bench();
} finally {
  stub.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function bench() {
  const files = writeConfigurations();
  const base = environment(stub.http, files.compiled);
  await ask({ file: bundleOf("receiver"), env: base, ...functions({}).receiver });
  const stored = stub.inputs.get("PutItem").Item;
  items[EVENTS_TABLE] = deadItem(stored);
  const all = functions({ stored, message: stub.inputs.get("SendMessage").MessageBody });
  if (only !== undefined && !Object.hasOwn(all, only))
    throw new Error(`--only takes one of ${Object.keys(all).join(", ")}.`);

  const subjects = Object.entries(all)
    .filter(([name]) => only === undefined || name === only)
    .map(([name, about]) => ({ name, file: bundleOf(name), env: base, ...about }));
  if (only === undefined || only === "receiver") subjects.push(...(await receiverSubjects(all.receiver, base, files)));
  report(await measure(subjects));
}

function writeConfigurations() {
  const yaml = `${folder}/strongroom.yaml`;
  const compiled = `${folder}/strongroom.json`;
  const secrets = '["${env:STRIPE_SECRET}"]';
  writeFileSync(yaml, `version: 1\nsources:\n  stripe: { provider: stripe, secrets: ${secrets} }\n`);
  writeFileSync(compiled, compileConfig(buildFunctionConfig(yaml, { env: {}, now: Date.now() })));
  return { yaml, compiled };
}

async function receiverSubjects(about, base, { yaml }) {
  const file = bundleOf("receiver");
  const built = { file, env: base, ...about };
  const overTls = { ...environment(stub.https, base.STRONGROOM_CONFIG), NODE_TLS_REJECT_UNAUTHORIZED: "0" };
  const empty = `${folder}/empty.mjs`;
  writeFileSync(empty, "export const handler = async () => ({ statusCode: 200 });\n");
  say("building variants of the receiver");
  const variants = await buildVariants({ root, folder });
  return [
    { ...built, name: "a function that does nothing", file: empty },
    ...variants.map((variant) => ({ ...built, name: `receiver, ${variant.name}`, file: variant.file })),
    { ...built, name: "receiver, strongroom.yaml", env: { ...base, STRONGROOM_CONFIG: yaml } },
    { ...built, name: "receiver, over TLS", env: overTls },
    ...(await withCompileCache(built)),
  ];
}

/** Warm: filled by two starts of the same file. */
async function withCompileCache(built) {
  const [major, minor] = version.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 1)) {
    say(`no compile cache: it came with Node 22.1, and this is ${version}`);
    return [];
  }
  const cache = `${folder}/compile-cache`;
  mkdirSync(cache);
  const subject = { ...built, name: "receiver, compile cache", env: { ...built.env, NODE_COMPILE_CACHE: cache } };
  await ask(subject);
  await ask(subject);
  return [subject];
}

/** Every subject once a round, after the bare runtime; each round begins with another one. */
async function measure(subjects) {
  const bare = [];
  const runs = new Map(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round++) {
    bare.push(await startBare());
    const first = round % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      runs.get(subject).push(await ask(subject));
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  return { bare, runs };
}

async function startBare() {
  const { wallMs } = await runOnce(node, ["-e", "0"], { env: {}, cwd: folder });
  const tells =
    "const u=process.resourceUsage();require('fs').writeSync(3,String((u.userCPUTime+u.systemCPUTime)/1000))";
  const { report: cpuMs } = await runOnce(node, ["-e", tells], { env: {}, cwd: folder });
  return { wallMs, cpuMs };
}

async function ask({ name = "receiver", file, env, event, isRight }) {
  const eventFile = `${folder}/event.json`;
  writeFileSync(eventFile, JSON.stringify(event()));
  const run = await runOnce(node, [child, file, eventFile], { env, cwd: folder });
  if (!isRight(run.report.answer)) throw new Error(`${name} answered ${JSON.stringify(run.report.answer)}`);
  return run;
}

function report({ bare, runs }) {
  const results = { [`bare: node ${version} -e 0`]: bareFigures(bare) };
  for (const [{ name, file }, each] of runs) results[name] = { bytes: statSync(file).size, ...figures(each, bare) };
  process.stdout.write(`Milliseconds, medians of ${rounds} rounds\n\n${table(results)}\n`);
  if (values.json === undefined) return;
  const raw = Object.fromEntries([...runs].map(([{ name }, each]) => [name, each]));
  writeFileSync(values.json, `${JSON.stringify({ node: version, rounds, results, bare, runs: raw }, null, 2)}\n`);
}
