// Turns the runs into figures. All are milliseconds.

/** `runs` and `bare` hold one run of each round, in the same order. */
export function figures(runs, bare) {
  const wall = runs.map(({ wallMs }) => wallMs);
  const bareWall = bare.map(({ wallMs }) => wallMs);
  const reports = runs.map(({ report }) => report);
  return {
    wall: median(wall),
    wallLeast: Math.min(...wall),
    // What slows the machine down for a while slows both down, so the two of a round belong together.
    overBare: median(wall.map((ms, round) => ms - bareWall[round])),
    overBareLeast: Math.min(...wall) - Math.min(...bareWall),
    cpu: median(reports.map(({ cpuMs }) => cpuMs)),
    cpuOverBare: median(reports.map(({ cpuMs }, round) => cpuMs - bare[round].cpuMs)),
    loaded: median(reports.map(({ loadedMs }) => loadedMs)),
    answered: median(reports.map(({ answeredMs }) => answeredMs)),
  };
}

export function bareFigures(bare) {
  const wall = bare.map(({ wallMs }) => wallMs);
  return { wall: median(wall), wallLeast: Math.min(...wall), cpu: median(bare.map(({ cpuMs }) => cpuMs)) };
}

/** `results` by the subject's name, each with its bytes. */
export function table(results) {
  const lines = [
    "| | KB | over bare | by the minima | CPU over bare | wall | minimum | loaded at | answered at |",
    "|---|---|---|---|---|---|---|---|---|",
  ];
  for (const [name, { bytes, ...ms }] of Object.entries(results)) {
    const cells = COLUMNS.map((column) => (ms[column] === undefined ? "" : ms[column].toFixed(1)));
    lines.push(`| ${[name, bytes === undefined ? "" : Math.round(bytes / 1000), ...cells].join(" | ")} |`);
  }
  return lines.join("\n");
}

const COLUMNS = ["overBare", "overBareLeast", "cpuOverBare", "wall", "wallLeast", "loaded", "answered"];

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
