// Runs inside the function's process: takes invocations over IPC, one at a time, and answers each with JSON. The line
// `END <request id>` on both outputs says that nothing of an invocation is still to come.
const [, , entry] = process.argv;

const loaded = import(entry).then(
  ({ handler }) =>
    typeof handler === "function"
      ? { handler }
      : { error: { errorType: "Runtime.HandlerNotFound", errorMessage: "handler is undefined or not exported" } },
  (error) => ({ error: { errorType: "Runtime.ImportModuleError", errorMessage: String(error?.stack ?? error) } }),
);

process.on("message", async ({ event, context, deadline, traceHeader }) => {
  if (traceHeader === undefined) delete process.env._X_AMZN_TRACE_ID;
  else process.env._X_AMZN_TRACE_ID = traceHeader;
  const answer = await run(event, {
    ...context,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  });
  for (const output of [process.stdout, process.stderr]) output.write(`END ${context.awsRequestId}\n`);
  process.send({ id: context.awsRequestId, ...answer });
});

async function run(event, context) {
  const { handler, error } = await loaded;
  if (error !== undefined) return { error };
  try {
    return { result: JSON.stringify((await handler(event, context)) ?? null) };
  } catch (thrown) {
    return { error: { errorType: thrown?.name ?? "Error", errorMessage: String(thrown?.message ?? thrown) } };
  }
}
