// Which rows of the overview are shown, in which order; kept in the page's address. Pure.
//   view: {q, server, state, tag, sort}     row: {id, name, text, server, tags, standing, mark}

import { gravity } from "./gravity.js";

/** Every order: a name ("length"), or turned around ("-length"). "worst" is the first. */
export const SORTS = ["worst", "name", "length", "added", "lag", "time_lag", "pending", "state"];
export const ATTENTION = "attention"; // a state of trouble, or an open alert
const CALM = gravity("waiting"); // a group waits in its first minute: that is no trouble yet
const EMPTY = { q: "", server: "", state: "", tag: "", sort: "worst" };

const numbers = {
  length: (row) => row.standing.length,
  added: (row) => row.standing.added,
  lag: (row) => (row.standing.lag ? row.standing.lag.lag ?? 0.5 : null),
  time_lag: (row) => row.standing.timeLag,
  pending: (row) => row.standing.pending,
  state: (row) => -gravity(row.standing.state),
};

/** The view that an address asks for; what it cannot mean is left out. */
export function parseView(search) {
  const asked = new URLSearchParams(search);
  const view = Object.fromEntries(Object.keys(EMPTY).map((key) => [key, asked.get(key) ?? EMPTY[key]]));
  return SORTS.includes(view.sort.replace(/^-/, "")) ? view : { ...view, sort: EMPTY.sort };
}

/** The address of a view: "" for the plain one, else "?q=pay&sort=-lag". */
export function viewQuery(view) {
  const said = Object.entries(view).filter(([key, value]) => value !== EMPTY[key]);
  return said.length ? `?${new URLSearchParams(said)}` : "";
}

/** Whether the view holds anything back. */
export function isFiltered({ q, server, state, tag }) {
  return Boolean(q || server || state || tag);
}

/** Whether the view shows the row: every word of q stands in its text, and the rest is as asked. */
export function shows(view, row) {
  if (view.server && view.server !== row.server) return false;
  if (view.tag && !row.tags.includes(view.tag)) return false;
  if (view.state && !inState(view.state, row)) return false;
  const text = row.text.toLowerCase();
  return view.q.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function inState(asked, { standing, mark }) {
  return asked === ATTENTION ? Boolean(mark) || gravity(standing.state) < CALM : asked === standing.state;
}

const byName = (a, b) => a.name.localeCompare(b.name, "en", { numeric: true }) || a.id - b.id;

const alarm = (row) => row.mark?.gravity ?? Infinity;

// Among streams that are well open alerts come first; then the name decides, so that a quiet page stays still.
function worstFirst(a, b) {
  const [left, right] = [gravity(a.standing.state), gravity(b.standing.state)];
  if (left === right && left >= CALM) return alarm(a) - alarm(b) || byName(a, b);
  return (
    left - right ||
    (numbers.lag(b) ?? 0) - (numbers.lag(a) ?? 0) ||
    (b.standing.pending ?? 0) - (a.standing.pending ?? 0) ||
    byName(a, b)
  );
}

/** The order of a view, for Array.sort. Unknown comes last, whichever way round. */
export function order(sort) {
  const name = sort.replace(/^-/, "");
  const sign = sort.startsWith("-") ? -1 : 1;
  if (name === "worst") return (a, b) => sign * worstFirst(a, b);
  if (name === "name") return (a, b) => sign * byName(a, b);
  const number = numbers[name];
  return (a, b) => {
    const [left, right] = [number(a), number(b)];
    if (left === null || right === null) return (left === null) - (right === null) || byName(a, b);
    return sign * (left - right) || byName(a, b);
  };
}

/** The sort after a click on a column: the largest first, then the smallest, then worst first again. */
export function nextSort(sort, column) {
  const first = column === "name" ? "name" : `-${column}`;
  const second = column === "name" ? "-name" : column;
  if (sort === first) return second;
  return sort === second ? EMPTY.sort : first;
}
