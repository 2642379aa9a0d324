// Where the live edge of the charts is, and whether what is shown is old. Pure: it is told the clock. Seconds.

import { createHostClock } from "../lib/host-clock.js";

/** Fewer missed samples than this are the network's jitter. */
const LATE_INTERVALS = 2.5;
const STALE_INTERVALS = 3;
/** A clock that was set back and jumps on by more was set on again. */
const SET_ON_S = 60;

/**
 * `clock()` counts seconds from anywhere: `synchronise(now)` tells the host's time.
 * While samples come the newest stands at the right edge; when they stop, the edge goes on and the gap shows.
 */
export function createTimeWindow({ interval_s, clock }) {
  let interval = interval_s;
  let lastAt = null;
  let setBackNow = false; // the sampler's clock is behind what was stored, and perhaps behind who answers pages
  const { now, synchronise, heard } = createHostClock(clock);
  const late = (intervals) => lastAt === null || now() - lastAt > Math.max(3, intervals * interval);

  return {
    now,

    /** The time of whoever answers pages; of no use while the sampler's clock is set back. */
    synchronise(hostNow) {
      if (!setBackNow) synchronise(hostNow);
    },

    /** A live sample. Returns whether the host's clock was set back: what came before and is younger lies in the future. */
    sampled(at, seconds = interval) {
      interval = seconds;
      const before = lastAt;
      const setBack = heard(at);
      if (setBack) setBackNow = true;
      else if (before !== null && at - before > SET_ON_S) setBackNow = false;
      lastAt = setBack ? at : Math.max(lastAt ?? at, at);
      return setBack;
    },

    /** A sample of the past. One that is younger than what comes now is from before the clock was set back. */
    stored(at) {
      if (!setBackNow) lastAt = Math.max(lastAt ?? at, at);
    },

    /** From when on what is stored is from before the clock was set back; null where it was not. */
    setBackTo: () => (setBackNow ? lastAt : null),

    /** The moment at the right edge. */
    edge: () => (late(LATE_INTERVALS) ? now() : lastAt),

    /** When the newest sample was taken, where it is old; null where it is fresh or there never was one. */
    staleSince: () => (lastAt !== null && late(STALE_INTERVALS) ? lastAt : null),

    get lastAt() {
      return lastAt;
    },
  };
}
