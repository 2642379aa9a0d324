// Points of several named lines on one time axis. Pure. Times are seconds; a value is a number or null (unknown).

import { doubtOf, isDoubt } from "./doubt.js";
import { lowerBound, thin } from "./thin.js";

/** A hole is a gap, not a slope, when it is longer than this many intervals. */
const GAP_INTERVALS = 2.5;

/** The lines beside a line of means: the least and the most of each step. Slugs and columns have no such ends. */
export const leastOf = (name) => `${name}<`;
export const mostOf = (name) => `${name}>`;

/** A series: rows in order of time, each with one value a line. Lines may come and go; rows may be filled in later. */
export function createSeries({ keep_s = Infinity, interval_s = 1 } = {}) {
  let times = [];
  let stored = []; // true: from history, which says itself where its gaps are, and may be coarser than the interval
  const lines = new Map();
  let interval = interval_s;
  let step = 0; // seconds from one stored row to the next where they are means; 0 where they are samples
  let longest = interval_s * GAP_INTERVALS;

  function line(name) {
    if (!lines.has(name)) lines.set(name, new Array(times.length).fill(null));
    return lines.get(name);
  }

  function insert(at, values) {
    const index = lowerBound(times, at);
    const replaces = times[index] === at;
    for (const name of Object.keys(values)) line(name);
    if (!replaces) times.splice(index, 0, at);
    stored.splice(index, replaces ? 1 : 0, false);
    for (const [name, column] of lines) {
      if (!replaces) column.splice(index, 0, null);
      if (values[name] !== undefined) column[index] = values[name];
    }
  }

  /** A live row joins the one before it in the same step: its newest values, with the least and the most of both. */
  function joined(at, values) {
    const last = times.length - 1;
    const fits = last >= 0 && !stored[last] && times[last] <= at && Math.floor(times[last] / step) === Math.floor(at / step);
    const known = (name) => (fits ? lines.get(name)?.[last] ?? null : null);
    const all = { ...values };
    for (const [name, value] of Object.entries(values)) {
      if (isDoubt(name)) { // of several the least sure counts
        all[name] = most(known(name), value);
        continue;
      }
      all[leastOf(name)] = least(known(leastOf(name)), value);
      all[mostOf(name)] = most(known(mostOf(name)), value);
    }
    if (fits) {
      times.pop();
      stored.pop();
      for (const column of lines.values()) column.pop();
    }
    return all;
  }

  function forget() {
    const count = lowerBound(times, times.at(-1) - keep_s);
    if (count < 60) return; // in strides: shifting long arrays each second is dear
    times = times.slice(count);
    stored = stored.slice(count);
    for (const [name, column] of lines) {
      const rest = column.slice(count);
      if (rest.every((value) => value === null)) lines.delete(name);
      else lines.set(name, rest);
    }
  }

  /** Whether a moment lies in a stretch that is known already. */
  function covered(at) {
    const index = lowerBound(times, at);
    if (times[index] === at) return true;
    return index > 0 && index < times.length && !gapBefore(index);
  }

  function gapBefore(index) {
    return !(stored[index] && stored[index - 1]) && times[index] - times[index - 1] > longest;
  }

  return {
    /** One row: `values` is an object of line name → number or null. A row at a known time completes it. */
    add(at, values) {
      insert(at, step ? joined(at, values) : values);
      forget();
    },

    /** Drops the rows after a moment: the clock was set back, and they lie in the future. */
    cut(at) {
      const count = lowerBound(times, at + 0.0005);
      times.length = stored.length = count;
      for (const column of lines.values()) column.length = count;
    },

    /** Stored columns: `at` ascending, `columns` an object of line name → array in step with it. Live rows win. */
    merge(at, columns) {
      const fresh = at.map((_, index) => index).filter((index) => !covered(at[index]));
      const order = [...times.map((time, index) => ({ time, index })),
        ...fresh.map((index) => ({ time: at[index], index, from: columns }))].sort((one, other) => one.time - other.time);
      for (const name of new Set([...lines.keys(), ...Object.keys(columns)])) {
        const known = lines.get(name);
        lines.set(name, order.map(({ index, from }) => (from ? from[name] : known)?.[index] ?? null));
      }
      stored = order.map(({ index, from }) => (from ? true : stored[index]));
      times = order.map(({ time }) => time);
    },

    /** Stored columns instead of whatever there was; a row stands for `step_s` seconds, or is one sample where that is null. */
    replace(at, columns, step_s) {
      times = [...at];
      stored = new Array(at.length).fill(true);
      lines.clear();
      for (const [name, column] of Object.entries(columns)) lines.set(name, [...column]);
      this.step = step_s;
    },

    /** How many seconds before the newest row are kept. */
    set keep(seconds) {
      keep_s = seconds;
    },

    set interval(seconds) {
      interval = seconds;
      longest = Math.max(interval, step) * GAP_INTERVALS;
    },

    /** Seconds that a stored row stands for, where it is a mean of samples; live rows are then taken together too. */
    set step(seconds) {
      step = seconds ?? 0;
      longest = Math.max(interval, step) * GAP_INTERVALS;
    },

    get step() {
      return step;
    },

    get length() {
      return times.length;
    },

    has: (name) => lines.has(name),

    get lastAt() {
      return times.at(-1) ?? null;
    },

    /** The newest value of a line; null where the newest row has none. */
    last(name) {
      return lines.get(name)?.at(-1) ?? null;
    },

    /** The row nearest to a moment: {at, value(name)}; null inside a gap. */
    row(moment) {
      let index = lowerBound(times, moment);
      if (index > 0 && (index === times.length || moment - times[index - 1] < times[index] - moment)) index -= 1;
      const outside = !times.length || moment < times[0] || moment > times.at(-1);
      if (times[index] === undefined || ((outside || !stored[index]) && Math.abs(times[index] - moment) > longest)) return null;
      return { at: times[index], value: (name) => lines.get(name)?.[index] ?? null };
    },

    /** [{x, y}] of a line from `since` to `until`, with a null wherever samples are missing, thinned to `buckets`. */
    points(name, { since, until, buckets = Infinity }) {
      const first = Math.max(0, lowerBound(times, since) - 1); // one before the edge, so that the line enters there
      const last = Math.min(times.length, lowerBound(times, until) + 1); // and one after it
      const column = lines.get(name) ?? [];
      const doubts = lines.get(doubtOf(name));
      const points = [];
      for (let index = first; index < last; index += 1) {
        if (index > first && gapBefore(index)) points.push({ x: times[index - 1] + longest / 2, y: null });
        points.push(doubts ? { x: times[index], y: column[index] ?? null, d: doubts[index] ?? 0 } : { x: times[index], y: column[index] ?? null });
      }
      return thin(points, { since, until, buckets });
    },

    /** The rows between two moments, each as `row` gives it. */
    rows({ since, until }) {
      const [first, last] = [lowerBound(times, since), lowerBound(times, until + 0.0005)];
      return times.slice(first, last).map((at, index) => ({ at, value: (name) => lines.get(name)?.[first + index] ?? null }));
    },

    /** Where samples are missing between `since` and the newest: [{from, to}]. */
    holes(since) {
      const found = [];
      for (let index = Math.max(1, lowerBound(times, since)); index < times.length; index += 1) {
        if (gapBefore(index)) found.push({ from: times[index - 1], to: times[index] });
      }
      return found;
    },
  };
}

const least = (one, other) => (one === null ? other : other === null ? one : Math.min(one, other));
const most = (one, other) => (one === null ? other : other === null ? one : Math.max(one, other));
