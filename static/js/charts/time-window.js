// Where the live edge of the charts is, and whether what is shown is old. Pure: it is told the clock. Seconds.

import { createHostClock } from "../lib/host-clock.js";

/** Fewer missed samples than this are the network's jitter. */
const LATE_INTERVALS = 2.5;
const STALE_INTERVALS = 3;

/**
 * `clock()` counts seconds from anywhere: `synchronise(now)` tells the host's time.
 * While samples come the newest stands at the right edge; when they stop, the edge goes on and the gap shows.
 */
export function createTimeWindow({ interval_s, clock }) {
  let interval = interval_s;
  let lastAt = null;
  const { now, synchronise, heard } = createHostClock(clock);
  const late = (intervals) => lastAt === null || now() - lastAt > Math.max(3, intervals * interval);

  return {
    now,

    synchronise,

    /** A live sample. Returns whether the host's clock was set back: what came before and is younger lies in the future. */
    sampled(at, seconds = interval) {
      interval = seconds;
      const setBack = heard(at);
      lastAt = setBack ? at : Math.max(lastAt ?? at, at);
      return setBack;
    },

    /** A sample of the past. */
    stored(at) {
      lastAt = Math.max(lastAt ?? at, at);
    },

    /** The moment at the right edge. */
    edge: () => (late(LATE_INTERVALS) ? now() : lastAt),

    /** When the newest sample was taken, where it is old; null where it is fresh or there never was one. */
    staleSince: () => (lastAt !== null && late(STALE_INTERVALS) ? lastAt : null),

    get lastAt() {
      return lastAt;
    },
  };
}
