// What stretch of time an address asks for, and the address that shows the same again. Pure; seconds since the epoch.
//   ?range=1h                                live, the last hour
//   ?from=1795000000&to=1795003600           that hour
//   &compare=day                             the same time a day before beside it

/** Seconds back of each comparison; the key stands in the address. */
export const COMPARISONS = { day: 86_400, week: 7 * 86_400 };

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400, w: 7 * 86_400, y: 365 * 86_400 };
const NAMED = { 300: "5m", 900: "15m", 3600: "1h", 21_600: "6h", 86_400: "24h", 604_800: "7d", 2_592_000: "30d", 31_536_000: "1y" };
const LATEST = 1e11;

/** Seconds of "1h" or "90s"; null where it is no length of time. */
export function parseRange(text) {
  const found = /^(\d{1,9}(?:\.\d+)?)([smhdwy])$/.exec(text ?? "");
  return found && Number(found[1]) > 0 ? Number(found[1]) * UNITS[found[2]] : null;
}

/** The word of so many seconds: "1h" where it is a choice of the page, else "432s". */
export function rangeWord(range_s) {
  return NAMED[range_s] ?? `${Math.round(range_s)}s`;
}

/** {range_s, held, compare}: `held` is {since, until}, or null where it is live. What is none falls back to what is given. */
export function readAddress(search, { range_s, held = null }) {
  const asked = new URLSearchParams(search);
  const [since, until] = [asked.get("from"), asked.get("to")].map((text) => (text === null || text.trim() === "" ? NaN : Number(text)));
  const compare = Object.hasOwn(COMPARISONS, asked.get("compare") ?? "") ? asked.get("compare") : "";
  if (since >= 0 && until > since && until < LATEST) return { range_s: until - since, held: { since, until }, compare };
  const range = parseRange(asked.get("range"));
  return { range_s: range ?? range_s, held: range === null ? held : null, compare };
}

/** The query of what is shown; other parameters of `search` stay. */
export function writeAddress(search, { range_s, held, compare }) {
  const asked = new URLSearchParams(search);
  for (const name of ["range", "from", "to", "compare"]) asked.delete(name);
  if (held) {
    asked.set("from", tenths(held.since));
    asked.set("to", tenths(held.until));
  } else {
    asked.set("range", rangeWord(range_s));
  }
  if (compare) asked.set("compare", compare);
  return `?${asked}`;
}

const tenths = (moment) => String(Math.round(moment * 10) / 10);
