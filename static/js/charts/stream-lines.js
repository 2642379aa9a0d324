// Which lines the charts of a stream have: from a sample to values, from groups to lines. Pure.

import { t } from "../lib/words.js";
import { boundCode, doubtCode, doubtOf } from "./doubt.js";
import { leastOf, mostOf } from "./series.js";
import { lineStyle } from "./styles.js";

/** More lines than this on one chart tell nothing; the table below has them all. */
export const MOST_LINES = 8;
const GROUP_COLUMNS = [
  "lag", "pending", "delivered_per_s", "acked_per_s", "time_lag_s", "oldest_pending_s", "live_consumers", "dead_consumers",
];
const STREAM_COLUMNS = ["length", "added_per_s", "memory_bytes"];
/** Columns that say how sure another one is, and what code a word of theirs is. */
const DOUBTS = { lag: ["lag_quality", doubtCode], time_lag_s: ["time_lag_estimated", doubtCode], added_per_s: ["added_at_least", boundCode] };

/** The name of a group's line: slugs have no colon. */
export const groupLine = (column, slug) => `${column}:${slug}`;

/** The values of one sample by line. A stream that could not be read has nulls: a gap. */
export function sampleValues(stream) {
  const values = valuesOf(stream, STREAM_COLUMNS, (column) => column);
  for (const [slug, group] of stream.groups) Object.assign(values, valuesOf(group, GROUP_COLUMNS, (column) => groupLine(column, slug)));
  return values;
}

function valuesOf(facts, columns, lineName) {
  const values = {};
  for (const column of columns) {
    const value = facts[column] ?? null;
    values[lineName(column)] = value;
    const [word, code] = DOUBTS[column] ?? [];
    if (word in facts) values[doubtOf(lineName(column))] = value === null ? null : code(facts[word]);
  }
  return values;
}

/** Stored columns by line; of means also their least and most, of what may be in doubt how sure it is. */
export function storedColumns({ stream, groups }) {
  const columns = withBands(stream, STREAM_COLUMNS, (column) => column);
  for (const { slug, ...stored } of groups) Object.assign(columns, withBands(stored, GROUP_COLUMNS, (column) => groupLine(column, slug)));
  return columns;
}

/** The columns of `wanted` that are stored, by the name of their line. */
export function withBands({ least, most, last: _, ...means }, wanted, lineName) {
  const columns = {};
  for (const column of wanted.filter((name) => means[name])) {
    const name = lineName(column);
    columns[name] = means[column];
    if (least?.[column]) Object.assign(columns, { [leastOf(name)]: least[column], [mostOf(name)]: most[column] });
    const [word, code] = DOUBTS[column] ?? [];
    if (means[word]) columns[doubtOf(name)] = means[word].map(code);
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

const OWN = {
  length: () => [own("length", t("Length"))],
  memory: () => [own("memory_bytes", t("Memory"), 4)],
};
/** Charts of one column, a line for each group. */
const OF_GROUPS = { lag: "lag", time_lag: "time_lag_s", pending: "pending", oldest: "oldest_pending_s" };

const own = (name, label, series = 1) => ({ name, key: name, label, series, dash: 0 });

/** The lines of each chart: {name, key, label, series, dash}. `rated` is the slug of the group whose rates and consumers are shown. */
export function chartLines(chart, { groups, rated }) {
  if (OWN[chart]) return OWN[chart]();
  if (chart === "rates") return [own("added_per_s", t("added")), ...ofGroup(rated, [["delivered_per_s", t("delivered"), 2], ["acked_per_s", t("acknowledged"), 3]])];
  if (chart === "consumers") return ofGroup(rated, [["live_consumers", t("live"), 3], ["dead_consumers", t("dead"), 2]]);
  return groups.slice(0, MOST_LINES).map(({ slug, name, series, dash }) => (
    { name: groupLine(OF_GROUPS[chart], slug), key: slug, label: name, series, dash }
  ));
}

function ofGroup(slug, columns) {
  return slug ? columns.map(([column, label, series]) => ({ ...own(groupLine(column, slug), label, series), key: column })) : [];
}
