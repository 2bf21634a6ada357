/** The wall clock is for receipt times and tolerances, the monotonic one for delays. Both in milliseconds. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since some fixed instant; never goes back. */
  monotonic(): number;
}
