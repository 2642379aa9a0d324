// The overview's filter and pickers, the chips that show what is filtered, the headings that sort: all of them speak
// through the address.

import { filters, isFiltered, nextSort, parseView, unfiltered, viewQuery, without } from "../lib/view.js";
import { t } from "../lib/words.js";
import { button, el } from "./stream-dom.js";

const TYPED_MS = 200; // between two letters: a view is asked for when one pauses

const LABELS = {
  q: () => t("text"), server: () => t("server"), state: () => t("state"), tag: () => t("tag"), owner: () => t("owner"), show: () => t("show"),
};

/** Takes hold of the form, the chips and the headings; `onChange(view)` hears every change. */
export function createControls({ form, more, chips, head, onChange }) {
  let view = parseView(location.search);
  let timer = null;
  const fields = [...form.querySelectorAll("[name]")];
  const fieldOf = (key) => fields.find((field) => field.name === key);

  function showView() {
    for (const field of fields) showField(field, view[field.name]);
    chips.replaceChildren(...filters(view).map(chip));
    if (isFiltered(view)) chips.append(el("li", {}, button(t("Show all"), () => change(unfiltered(view)), { class: "button button--quiet button--small", id: "clear" })));
    showOrder();
  }

  function showField(field, value) {
    if (field.type === "checkbox") field.checked = value === "0";
    else if (field.value !== value) field.value = value;
    // The address may ask for what no option offers: a tag or a server that is gone. Say so rather than hide it.
    if (field.tagName === "SELECT" && field.value !== value) {
      field.add(new Option(value, value));
      field.value = value;
    }
  }

  function wordOf(key, value) {
    const field = fieldOf(key);
    return field?.tagName === "SELECT" ? field.selectedOptions[0].text : value;
  }

  function chip([key, value]) {
    const word = wordOf(key, value);
    const remove = button("×", () => change(without(view, key)), { class: "chip__remove", "aria-label": t("Remove the filter {word}", { word }) });
    return el("li", { class: "chip" }, el("span", { class: "quiet" }, LABELS[key]()), el("span", { class: "truncate" }, word), remove);
  }

  function showOrder() {
    for (const heading of head.querySelectorAll("[data-sort]")) {
      const sorted = view.sort.replace(/^-/, "") === heading.dataset.sort;
      heading.setAttribute("aria-sort", sorted ? (view.sort.startsWith("-") ? "descending" : "ascending") : "none");
    }
  }

  function change(next, { quietly = false } = {}) {
    view = next;
    const query = viewQuery(view);
    history.replaceState(null, "", location.pathname + (query ? `?${query}` : ""));
    const focused = chips.contains(document.activeElement);
    showView();
    if (focused) (chips.querySelector("button") ?? fieldOf("q")).focus();
    clearTimeout(timer);
    if (!quietly) onChange(view);
  }

  form.addEventListener("input", ({ target }) => {
    if (!target.name) return; // of the columns
    const value = target.type === "checkbox" ? (target.checked ? "0" : "") : target.value;
    change({ ...view, [target.name]: value }, { quietly: target.name === "q" });
    if (target.name === "q") timer = setTimeout(() => onChange(view), TYPED_MS);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  head.addEventListener("click", ({ target }) => {
    const heading = target.closest("[data-sort]");
    if (heading && target.closest("button")) change({ ...view, sort: nextSort(view.sort, heading.dataset.sort) });
  });
  more.addEventListener("click", () => more.setAttribute("aria-expanded", String(more.ariaExpanded !== "true")));
  addEventListener("popstate", () => change(parseView(location.search)));
  showView();

  return {
    view: () => view,
    change,
    showOrder,

    /** What is filtered, in words: “pay”, state: not OK. */
    filterWords: () => filters(view).map(([key, value]) => (key === "q" ? `“${value}”` : `${LABELS[key]()}: ${wordOf(key, value)}`)).join(", "),
  };
}
