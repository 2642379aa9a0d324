// The columns of the overview: which there are, which are shown, and which have room. Pure. Widths in rem.

import { t } from "./words.js";

/** In their order on the page. `rank`: the higher go first where there is no room. State and stream are always there. */
export const COLUMNS = [
  { name: "state", word: () => t("State"), width: 6.5, rank: 0 },
  { name: "name", word: () => t("Stream"), width: 15, rank: 0 },
  { name: "length", word: () => t("Length"), width: 5.5, rank: 3, figure: true },
  { name: "added", word: () => t("Added/s"), width: 9.5, rank: 2, figure: true },
  { name: "delivered", word: () => t("Delivered/s"), width: 6.75, rank: 7, figure: true },
  { name: "lag", word: () => t("Worst lag"), width: 10.5, rank: 1, figure: true },
  { name: "time_lag", word: () => t("Time lag"), width: 6, rank: 4, figure: true },
  { name: "oldest", word: () => t("Oldest unacked"), title: () => t("Age of the oldest entry that is delivered and not acknowledged"), width: 8, rank: 8, figure: true },
  { name: "pending", word: () => t("Pending"), width: 6.5, rank: 5, figure: true },
  { name: "drain", word: () => t("Drains in"), width: 6, rank: 6, figure: true },
  { name: "memory", word: () => t("Memory"), width: 5.75, rank: 9, figure: true },
];
const FIXED = COLUMNS.filter(({ rank }) => rank === 0).map(({ name }) => name);
const USUAL = ["length", "added", "lag", "time_lag", "pending", "drain", "memory"];
const ACT = 4.75; // room for the word in any language

/** The columns that can be chosen. */
export const CHOICES = COLUMNS.filter(({ rank }) => rank > 0);

/** The names of what is asked for, in the page's order; the usual ones where nothing that we know is. */
export function chosen(asked) {
  const known = CHOICES.filter(({ name }) => asked.includes(name)).map(({ name }) => name);
  return known.length ? known : USUAL;
}

/** What the address says for a choice: [] for the usual one. */
export function spelledColumns(names) {
  return String(names) === String(USUAL) ? [] : names;
}

/** The columns that fit into `width`, in the page's order; the least important give way first. `act`: one more at the end. */
export function fitting(names, width, { act = false } = {}) {
  const wanted = COLUMNS.filter(({ name }) => FIXED.includes(name) || names.includes(name));
  const least = [...wanted].sort((a, b) => a.rank - b.rank);
  const room = width - (act ? ACT : 0);
  let used = 0;
  const kept = new Set(least.filter(({ rank, width: own }) => {
    const fits = rank === 0 || used + own <= room;
    if (fits) used += own;
    return fits;
  }));
  return wanted.filter((column) => kept.has(column));
}

/** The tracks of a CSS grid. The stream's takes what is left. */
export function tracks(columns, { act = false } = {}) {
  const sizes = columns.map(({ name, width }) => (name === "name" ? `minmax(${width}rem, 1fr)` : `${width}rem`));
  return [...sizes, ...(act ? [`${ACT}rem`] : [])].join(" ");
}
