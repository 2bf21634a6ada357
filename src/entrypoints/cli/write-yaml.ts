import { stringify } from "yaml";

/**
 * The value as a YAML document. Load this file rather than the package where it is wanted late: bundled, a package in
 * CommonJS has no named exports when it is imported dynamically.
 */
export function writeYaml(value: unknown): string {
  return stringify(value);
}
