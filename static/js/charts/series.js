// Points of several named lines on one time axis. Pure. Times are seconds; a value is a number or null (unknown).

/** A hole is a gap, not a slope, when it is longer than this many intervals. */
const GAP_INTERVALS = 2.5;

/** A series: rows in order of time, each with one value a line. Lines may come and go; rows may be filled in later. */
export function createSeries({ keep_s, interval_s = 1 }) {
  let times = [];
  const lines = new Map();
  let interval = interval_s;

  function line(name) {
    if (!lines.has(name)) lines.set(name, new Array(times.length).fill(null));
    return lines.get(name);
  }

  function insert(at, values) {
    const index = lowerBound(times, at);
    const replaces = times[index] === at;
    for (const name of Object.keys(values)) line(name);
    if (!replaces) times.splice(index, 0, at);
    for (const [name, column] of lines) {
      if (!replaces) column.splice(index, 0, null);
      if (values[name] !== undefined) column[index] = values[name];
    }
  }

  function forget() {
    const count = lowerBound(times, times.at(-1) - keep_s);
    if (count < 60) return; // in strides: shifting long arrays each second is dear
    times = times.slice(count);
    for (const [name, column] of lines) {
      const rest = column.slice(count);
      if (rest.every((value) => value === null)) lines.delete(name);
      else lines.set(name, rest);
    }
  }

  return {
    /** One row: `values` is an object of line name → number or null. A row at a known time completes it. */
    add(at, values) {
      insert(at, values);
      forget();
    },

    /** Stored columns: `times` ascending, `columns` an object of line name → array in step with it. */
    merge(stored, columns) {
      const known = times;
      const union = mergeSorted(known, stored);
      const names = new Set([...lines.keys(), ...Object.keys(columns)]);
      for (const name of names) {
        const live = valuesAt(known, lines.get(name));
        const past = valuesAt(stored, columns[name]);
        lines.set(name, union.map((at) => live.get(at) ?? past.get(at) ?? null));
      }
      times = union;
    },

    set interval(seconds) {
      interval = seconds;
    },

    get names() {
      return [...lines.keys()];
    },

    get lastAt() {
      return times.at(-1) ?? null;
    },

    /** The newest value of a line; null where the newest row has none. */
    last(name) {
      return lines.get(name)?.at(-1) ?? null;
    },

    /** [{x, y}] of a line from `since` to `until`, with a null wherever samples are missing, thinned to `buckets`. */
    points(name, { since, until, buckets = Infinity }) {
      const first = Math.max(0, lowerBound(times, since) - 1); // one before the edge, so that the line enters there
      const end = lowerBound(times, until + 0.001);
      const column = lines.get(name) ?? [];
      const points = withGaps(times, column, { first, end, longest: interval * GAP_INTERVALS });
      return thin(points, { since, until, buckets });
    },

    /** Where samples are missing between `since` and the newest: [{from, to}]. */
    holes(since) {
      const longest = interval * GAP_INTERVALS;
      const found = [];
      for (let index = Math.max(1, lowerBound(times, since)); index < times.length; index += 1) {
        if (times[index] - times[index - 1] > longest) found.push({ from: times[index - 1], to: times[index] });
      }
      return found;
    },
  };
}

function withGaps(times, column, { first, end, longest }) {
  const points = [];
  for (let index = first; index < end; index += 1) {
    const before = points.length ? times[index - 1] : null;
    if (before !== null && times[index] - before > longest) points.push({ x: before + longest / 2, y: null });
    points.push({ x: times[index], y: column[index] ?? null });
  }
  return points;
}

/**
 * At most four points a bucket: its first, least, greatest and last, so that no spike and no gap is lost. Buckets stand
 * at whole multiples of their width, so that a line does not shimmer as it moves.
 */
export function thin(points, { since, until, buckets }) {
  if (points.length <= 2 * buckets) return points;
  const width = (until - since) / buckets;
  const kept = [];
  let bucket = [];
  let number = null;
  const flush = () => kept.push(...extremes(bucket));
  for (const point of points) {
    const its = Math.floor(point.x / width);
    if (its !== number) {
      flush();
      bucket = [];
      number = its;
    }
    bucket.push(point);
  }
  flush();
  return kept;
}

function extremes(points) {
  if (points.length <= 4) return points;
  const known = points.filter((point) => point.y !== null);
  const keep = new Set([points[0], points.at(-1), points.find((point) => point.y === null)]);
  if (known.length) {
    keep.add(known.reduce((least, point) => (point.y < least.y ? point : least)));
    keep.add(known.reduce((greatest, point) => (point.y > greatest.y ? point : greatest)));
  }
  return points.filter((point) => keep.has(point));
}

function valuesAt(times, column) {
  return new Map(column ? times.map((at, index) => [at, column[index]]) : []);
}

function mergeSorted(one, other) {
  return [...new Set([...one, ...other])].sort((left, right) => left - right);
}

/** The first index whose value is not below `value`. */
export function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  if (high && sorted[high - 1] < value) return high; // the newest second: by far the most frequent question
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
