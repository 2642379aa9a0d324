// Fewer points that look the same, and finding a place in order. Pure.

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
