// What the overview shows, as its address says it; the server reads the same words (dashboard/core/listing.py). Pure.
//   view: {q, server, state, tag, owner, show, sort, fold, open: [family], columns: [name]}

/** Every order: a name ("length"), or turned around ("-length"). "worst" is the first. */
export const SORTS = [
  "worst", "name", "state", "length", "added", "delivered", "lag", "time_lag", "oldest", "pending", "drain", "memory",
];
export const ATTENTION = "attention"; // a state of trouble, or an open alert
export const SHOWN = ["watched", "new", "vanished", "unwatched", "all"];
const EMPTY = { q: "", server: "", state: "", tag: "", owner: "", show: "watched", sort: "worst", fold: "", open: [], columns: [] };
const FILTERS = ["q", "server", "state", "tag", "owner", "show"];
const LONGEST = 1500; // of an address; the families that were opened first go first

/** The view that an address asks for; what it cannot mean is left out. */
export function parseView(search) {
  const asked = new URLSearchParams(search);
  const text = (key) => asked.get(key) ?? EMPTY[key];
  const sort = text("sort");
  return {
    ...Object.fromEntries(["q", "server", "state", "tag", "owner"].map((key) => [key, text(key)])),
    show: SHOWN.includes(text("show")) ? text("show") : EMPTY.show,
    sort: SORTS.includes(sort.replace(/^-/, "")) ? sort : EMPTY.sort,
    fold: asked.get("fold") === "0" ? "0" : "",
    open: asked.getAll("open").filter(Boolean),
    columns: text("columns").toString().split(",").filter(Boolean),
  };
}

/** The address of a view without its "?": "" for the plain one, else "q=pay&sort=-lag". */
export function viewQuery(view) {
  return spelled(view, Object.keys(EMPTY));
}

/** What the server is asked for: the view without what is the browser's own. */
export function wishQuery(view) {
  return spelled(view, Object.keys(EMPTY).filter((key) => key !== "columns"));
}

function spelled(view, keys) {
  const said = new URLSearchParams();
  for (const key of keys) {
    if (key === "open") for (const family of view.open) said.append("open", family);
    else if (String(view[key]) !== String(EMPTY[key])) said.set(key, String(view[key]));
  }
  const query = said.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return query.length > LONGEST && view.open.length ? spelled({ ...view, open: view.open.slice(1) }, keys) : query;
}

/** Whether the view holds anything back. */
export function isFiltered(view) {
  return FILTERS.some((key) => view[key] !== EMPTY[key]);
}

/** What holds rows back, as [key, value]: each can be taken off by `without`. */
export function filters(view) {
  return FILTERS.filter((key) => view[key] !== EMPTY[key]).map((key) => [key, view[key]]);
}

/** The view without one of its filters. */
export function without(view, key) {
  return { ...view, [key]: EMPTY[key] };
}

/** The view with nothing held back: order, columns and open families stay. */
export function unfiltered(view) {
  return FILTERS.reduce(without, view);
}

/** The view with a family opened, or folded. */
export function withFamily(view, family, isOpen) {
  const others = view.open.filter((name) => name !== family);
  return { ...view, open: isOpen ? [...others, family] : others };
}

/** The sort after a click on a column: the largest first, then the smallest, then worst first again. */
export function nextSort(sort, column) {
  const first = column === "name" ? "name" : `-${column}`;
  const second = column === "name" ? "-name" : column;
  if (sort === first) return second;
  return sort === second ? EMPTY.sort : first;
}
