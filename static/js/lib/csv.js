// Rows as CSV (RFC 4180) that a spreadsheet opens without running anything. Pure.

/** What a spreadsheet would take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r\n|%]/;

/** Lines of cells: text is made harmless and quoted where it must be, numbers are written as they are, unknown is empty. */
export function csv(rows) {
  return rows.map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A file's name from words that come from anywhere. */
export function fileName(words, ending) {
  const safe = words.map((word) => word.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "").slice(0, 60)).filter(Boolean);
  return `${safe.join("_") || "chart"}.${ending}`;
}
