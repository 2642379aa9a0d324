// The overview's filter, its pickers and the headings that sort: all of them speak through the address.

import { nextSort, parseView, viewQuery } from "../lib/listing.js";

/** Takes hold of the form and the headings; `onChange(view)` hears every change. Returns the present view. */
export function createControls({ form, headings, onChange }) {
  let view = parseView(location.search);
  const fields = [...form.querySelectorAll("[name]")];

  function showView() {
    for (const field of fields) {
      if (field.value !== view[field.name]) field.value = view[field.name];
      if (field.value !== view[field.name]) addOption(field, view[field.name]);
    }
    for (const heading of headings) {
      const column = heading.dataset.sort;
      const sorted = view.sort.replace(/^-/, "") === column;
      const descending = view.sort.startsWith("-");
      heading.setAttribute("aria-sort", sorted ? (descending ? "descending" : "ascending") : "none");
    }
  }

  // The address may ask for what no option offers: a tag or a server that is gone. Say so rather than hide it.
  function addOption(field, value) {
    field.add(new Option(value, value));
    field.value = value;
  }

  function change(next) {
    view = next;
    history.replaceState(null, "", location.pathname + viewQuery(view));
    showView();
    onChange(view);
  }

  form.addEventListener("input", ({ target }) => change({ ...view, [target.name]: target.value }));
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const heading of headings) {
    heading.querySelector("button").addEventListener("click", () => {
      change({ ...view, sort: nextSort(view.sort, heading.dataset.sort) });
    });
  }
  showView();

  return {
    view: () => view,
    clear: () => change({ ...parseView(""), sort: view.sort }),
  };
}
