// Arithmetic of a list of which only the rows on the screen exist. Pure. Pixels; rows are counted from 0.

/** The rows that are on the screen: {first, last}, last included; none: last < first. `top` is where row 0 begins. */
export function onScreen({ top, viewTop, viewBottom, rowHeight, total }) {
  const first = Math.max(0, Math.floor((viewTop - top) / rowHeight));
  const last = Math.min(total - 1, Math.ceil((viewBottom - top) / rowHeight) - 1);
  return { first, last };
}

/** Those rows and `spare` more at either end. */
export function spread({ first, last }, spare, total) {
  if (last < first) return { first: 0, last: Math.min(total - 1, 2 * spare) };
  return { first: Math.max(0, first - spare), last: Math.min(total - 1, last + spare) };
}

/** Whether `asked` ({first, rows}) still holds every row of `wanted`. */
export function holds(asked, { first, last }) {
  return last < first || (asked !== null && asked.first <= first && first <= last && last < asked.first + asked.rows);
}

/** The key of a place whose row is not known yet. */
export const blank = (place) => `# ${place}`;

/**
 * Which node shows which row: `keys[node]` is what each shows now (null: free), `wanted` the keys of the places from
 * `first` on. Returns, for each, its node: the one that shows it already, so that focus and pointer stay with a row that
 * moves; else the one that shows its place's blank; else a free one, or -1 for a new one. What shows `pinned` (it has the
 * focus) is given to nobody else.
 */
export function assign(keys, wanted, first, pinned = null) {
  const shownBy = new Map(keys.map((key, node) => [key, node]));
  const taken = new Set([...wanted, pinned].map((key) => shownBy.get(key)));
  const mine = wanted.map((key, at) => shownBy.get(key) ?? claim(shownBy.get(blank(first + at))));
  const free = keys.map((_, node) => node).filter((node) => !taken.has(node));
  return mine.map((node) => node ?? free.shift() ?? -1);

  function claim(node) {
    if (node === undefined || (taken.has(node) && keys[node] !== pinned)) return undefined;
    taken.add(node);
    return node;
  }
}

/** How far to scroll so that a row is wholly between the two edges: 0 where it is. */
export function scrollFor({ rowTop, rowHeight, viewTop, viewBottom }) {
  if (rowTop < viewTop) return rowTop - viewTop;
  return rowTop + rowHeight > viewBottom ? rowTop + rowHeight - viewBottom : 0;
}

/** The row that a key leads to from `at` (-1: none yet); null for another key. */
export function rowAfter(key, { at, total, page }) {
  const moves = { j: at + 1, ArrowDown: at + 1, PageDown: at + page, End: total - 1, Home: 0, PageUp: at - page };
  const target = key === "k" || key === "ArrowUp" ? (at < 0 ? total - 1 : at - 1) : moves[key];
  return target === undefined || total === 0 ? null : Math.min(total - 1, Math.max(0, target));
}
