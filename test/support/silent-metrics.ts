import type { Metrics } from "../../src/ports/metrics.ts";

/** For tests that look at something else. */
export const SILENT: Metrics = {
  received: () => {},
  acknowledged: () => {},
  processed: () => {},
  delivery: () => {},
  storeError: () => {},
  clockSkew: () => {},
  rejected: () => {},
};
