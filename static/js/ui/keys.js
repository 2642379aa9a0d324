// Keys of a list: / goes to the filter, j and k move from row to row, Enter follows the row's link, Escape leaves.

const typing = (element) => element?.matches?.("input, select, textarea, [contenteditable]");

/** `links()` are the links of the rows in order. */
export function listKeys({ filter, links }) {
  function move(step) {
    const all = links();
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
    all[next]?.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === filter) filter.blur();
    if (typing(event.target)) return;
    if (event.key === "/") {
      event.preventDefault();
      filter.focus();
      filter.select();
    }
    if (event.key === "j") move(1);
    if (event.key === "k") move(-1);
  });
}
