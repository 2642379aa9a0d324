// Words in the reader's language. The English text is the key; without a catalogue it is what is shown.
//   t("stale since {time}", { time })                    nt("{n} stream", "{n} streams", n)
// A catalogue is a script that Django's page names before its module (static/js/words/, made by `make words`):
// globalThis.words = { plural: (n) => number of the form, texts: { English: words or [form, form] } }.

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
