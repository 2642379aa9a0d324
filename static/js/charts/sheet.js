// What a chart shows as rows: for its CSV and its table. Pure.

import { boundOf } from "./doubt.js";
import { leastOf, mostOf } from "./series.js";

/**
 * {columns: [{title, name, part}], rows: [{at, cells: [{value, bound}]}]}: of means also the least and the most of each step, and of a
 * comparison the value of `shift_s` earlier. At most `most` rows, evenly picked, the newest last. `titles` are its words.
 */
export function sheetOf({ series, before = null, lines, since, until, most = Infinity, titles }) {
  const columns = lines.flatMap(({ name, label }) => [
    { title: label, name, of: series },
    ...(series.has(mostOf(name)) ? [
      { title: titles.least(label), name: leastOf(name), of: series },
      { title: titles.most(label), name: mostOf(name), of: series },
    ] : []),
    ...(before ? [{ title: titles.before(label), name, of: before.series, shift_s: before.shift_s }] : []),
  ]);
  const rows = picked(series.rows({ since, until }), most).map(({ at, value }) => ({
    at, cells: columns.map((column) => cellAt(column, { at, value })),
  })).filter(({ cells }) => cells.some(({ value }) => value !== null));
  return { columns, rows };
}

function cellAt({ name, of, shift_s }, { at, value }) {
  const its = shift_s === undefined ? value : of.row(at - shift_s)?.value ?? (() => null);
  return { value: its(name), bound: boundOf(its, name) };
}

/** Every n-th row counted from the newest, so that no more than `most` are left. */
function picked(rows, most) {
  const stride = Math.ceil(rows.length / most) || 1;
  return rows.filter((_, index) => (rows.length - 1 - index) % stride === 0);
}
