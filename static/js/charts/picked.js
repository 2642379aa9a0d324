// Which lines are shown: all, one alone, or all but those that were hidden. Pure. Lines of one group share a key, so
// that it is alone, or hidden, on every chart that has it.

export function createPicked() {
  let alone = null;
  const hidden = new Set();

  /** Whether the line that stands alone is among these; otherwise it says nothing about their chart. */
  const concerns = (lines) => alone !== null && lines.some(({ key }) => key === alone);

  return {
    /** Those of a chart's lines that are drawn. */
    of: (lines) => lines.filter(({ key }) => (concerns(lines) ? key === alone : !hidden.has(key))),

    /** "alone", "hidden" or "shown". */
    state(key, lines) {
      if (concerns(lines)) return key === alone ? "alone" : "hidden";
      return hidden.has(key) ? "hidden" : "shown";
    },

    /** This one alone; all again where it was. */
    isolate(key) {
      alone = alone === key ? null : key;
      if (alone !== null) hidden.delete(alone);
    },

    /** Hides one, or shows it again; nothing is alone then. */
    toggle(key) {
      alone = null;
      if (!hidden.delete(key)) hidden.add(key);
    },
  };
}
