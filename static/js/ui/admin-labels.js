// Names for what the stock admin leaves without one, so that a screen reader can tell.

import { t } from "../lib/words.js";

const labelOf = (id) => document.querySelector(`label[for="${CSS.escape(id)}"]`)?.textContent.replace(/:\s*$/, "").trim();

function name(selector, text) {
  for (const element of document.querySelectorAll(selector)) {
    const label = text(element);
    if (label) element.setAttribute("aria-label", label);
  }
}

function nameSplitTimes() {
  for (const [suffix, word] of [["_0", t("date")], ["_1", t("time")]]) {
    name(`.datetime input[id$="${suffix}"]`, (input) => {
      const row = input.closest(".form-row")?.querySelector("label, legend")?.textContent.replace(/:\s*$/, "").trim();
      return `${row ?? ""} ${word}`.trim();
    });
  }
}

/** Names search boxes, split times, autocompletes and the icons of two-column pickers. */
export function nameControls() {
  name("#searchbar", () => document.getElementById("searchbar_helptext")?.textContent.trim() || t("Search"));
  nameSplitTimes();
  name(".select2-selection", (selection) => labelOf(selection.closest(".related-widget-wrapper, .form-row")?.querySelector("select")?.id ?? ""));
  name(".select2-selection__rendered", (shown) => labelOf(shown.id.replace(/^select2-|-container$/g, "")));
  for (const icon of document.querySelectorAll(".help-tooltip[aria-label]")) icon.setAttribute("role", "img");
  for (const link of document.querySelectorAll("#changelist-filter a:empty")) link.textContent = t("(empty)");
}
