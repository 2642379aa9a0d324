// Words in the reader's language. The English text is the key; without a catalogue it is what is shown.
//   t("stale since {time}", { time })                    nt("{n} stream", "{n} streams", n)
// A catalogue is a script that Django's page names before its module (static/js/words/, made by `make words`):
// globalThis.words = { plural: (n) => number of the form, texts: { English: words or [form, form] }, told: { English: words } }.

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (brace, name) => (name in values ? String(values[name]) : brace));

/** The text in the reader's language, its braces filled. */
export function t(text, values = {}) {
  const said = globalThis.words?.texts[text];
  return fill((Array.isArray(said) ? said[0] : said) ?? text, values);
}

/** The form for `n` things; `{n}` is filled with `values.n`, or with n itself. */
export function nt(one, many, n, values = {}) {
  const said = globalThis.words?.texts[one];
  const form = said === undefined ? (n === 1 ? one : many) : [said].flat()[globalThis.words.plural(n)] ?? [said].flat().at(-1);
  return fill(form, { n, ...values });
}

let patterns = null; // of the sentences with places: [{anchor, matches, said}]
const heard = new Map();

// What begins with words of its own is more particular than "{0} entries".
const isOpen = ({ matches }) => Number(matches.source.startsWith("^("));

function madePatterns() {
  return Object.entries(globalThis.words.told).filter(([text]) => /\{\d+\}/.test(text)).map(([text, said]) => {
    const parts = text.split(/\{\d+\}/);
    const matches = new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.*?)")}$`, "s");
    return { anchor: parts.reduce((longest, part) => (part.length > longest.length ? part : longest)), matches, said };
  }).sort((one, other) => isOpen(one) - isOpen(other) || other.anchor.length - one.anchor.length
    || other.matches.source.length - one.matches.source.length);
}

// A lone word may be somebody's name: it stays.
const part = (text) => (text.trim().includes(" ") ? told(text) : text);

function lookUp(text) {
  const whole = globalThis.words.told[text];
  if (whole !== undefined) return whole;
  if (text.includes(" · ")) return text.split(" · ").map(told).join(" · ");
  patterns ??= madePatterns();
  for (const { anchor, matches, said } of patterns) {
    const found = text.includes(anchor) && matches.exec(text);
    if (found) return said.replace(/\{(\d+)\}/g, (_, place) => part(found[Number(place) + 1]));
  }
  const sentences = text.split(/(?<=[.:;]) (?=[A-Z])/);
  return sentences.length > 1 ? sentences.map(told).join(" ") : text;
}

/** A sentence that the sampler or the audit made, in English, in the reader's language; as dashboard/told.py does it. */
export function told(text) {
  if (!text || !globalThis.words?.told) return text;
  if (heard.size > 5000) heard.clear();
  if (!heard.has(text)) heard.set(text, lookUp(text));
  return heard.get(text);
}
