// Which lines the charts of a stream have: from a sample to values, from groups to lines. Pure.

import { leastOf, mostOf } from "./series.js";
import { lineStyle } from "./styles.js";

/** More lines than this on one chart tell nothing; the table below has them all. */
export const MOST_LINES = 8;
const GROUP_COLUMNS = ["lag", "pending", "delivered_per_s", "acked_per_s", "time_lag_s"];
const STREAM_COLUMNS = ["length", "added_per_s"];

/** The name of a group's line: slugs have no colon. */
export const groupLine = (column, slug) => `${column}:${slug}`;

/** The values of one sample by line. A stream that could not be read has nulls: a gap. */
export function sampleValues(stream) {
  const values = Object.fromEntries(STREAM_COLUMNS.map((column) => [column, stream[column]]));
  for (const [slug, group] of stream.groups) {
    for (const column of GROUP_COLUMNS) values[groupLine(column, slug)] = group[column] ?? null;
  }
  return values;
}

/** Stored columns by line; of means also their least and most. */
export function storedColumns({ stream, groups }) {
  const columns = withBands(stream, STREAM_COLUMNS, (column) => column);
  for (const { slug, ...stored } of groups) Object.assign(columns, withBands(stored, GROUP_COLUMNS, (column) => groupLine(column, slug)));
  return columns;
}

/** The columns of `wanted` that are stored, by the name of their line. */
export function withBands({ least, most, ...means }, wanted, lineName) {
  const columns = {};
  for (const column of wanted.filter((name) => means[name])) {
    const name = lineName(column);
    columns[name] = means[column];
    if (least?.[column]) Object.assign(columns, { [leastOf(name)]: least[column], [mostOf(name)]: most[column] });
  }
  return columns;
}

/** The groups that were ever seen on this page, each with a colour of its own that it keeps. */
export function createRoster() {
  const known = new Map();
  return {
    see(slug, name) {
      if (!known.has(slug)) known.set(slug, { slug, name, ...lineStyle(known.size) });
    },
    groups: () => [...known.values()],
    group: (slug) => known.get(slug) ?? null,
  };
}

/** The lines of each chart: {name, label, series, dash}. `rated` is the slug of the group whose rates are shown. */
export function chartLines(chart, { groups, rated }) {
  if (chart === "length") return [{ name: "length", label: "Length", series: 1, dash: 0 }];
  if (chart === "rates") return rateLines(rated);
  return groups.slice(0, MOST_LINES).map(({ slug, name, series, dash }) => (
    { name: groupLine(chart, slug), label: name, series, dash }
  ));
}

function rateLines(rated) {
  const added = { name: "added_per_s", label: "added", series: 1, dash: 0 };
  if (!rated) return [added];
  return [
    added,
    { name: groupLine("delivered_per_s", rated), label: "delivered", series: 2, dash: 0 },
    { name: groupLine("acked_per_s", rated), label: "acknowledged", series: 3, dash: 0 },
  ];
}
