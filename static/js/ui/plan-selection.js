// Selecting pending entries: a box for the whole page, the count of what is selected, and radio buttons that follow
// the field beside them. Without this script every page still works.

import { t } from "../lib/words.js";

/** Keeps count and boxes in step on the page of pending entries; does nothing on others. */
export function startSelection(root = document) {
  const act = root.querySelector("[data-selection]");
  if (act) {
    const boxes = [...root.querySelectorAll('input[name="id"]')];
    const page = root.querySelector("[data-select-page]");
    const everything = act.querySelector("[data-everything]");
    const count = act.querySelector("[data-selected-count]");
    const show = () => {
      const selected = boxes.filter((box) => box.checked).length;
      count.textContent = everything.checked ? t("all selected") : t("{n} selected", { n: selected });
      page.checked = selected === boxes.length;
      page.indeterminate = selected > 0 && selected < boxes.length;
    };
    page.hidden = count.hidden = false;
    page.addEventListener("change", () => {
      for (const box of boxes) box.checked = page.checked;
      show();
    });
    root.addEventListener("change", show);
    show();
  }
  for (const amount of root.querySelectorAll(".recovery__amount")) {
    const radio = amount.closest(".field").querySelector('input[type="radio"]');
    amount.addEventListener("input", () => { radio.checked = true; });
  }
}

/** A second click on a button that acts does nothing; the server lets only one through anyway. */
export function confirmOnce(root = document) {
  for (const button of root.querySelectorAll("[data-once]")) {
    button.form.addEventListener("submit", (event) => {
      if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
      button.setAttribute("aria-disabled", "true");
    });
  }
  // The page may come back from the browser's memory with the button still disabled.
  window.addEventListener("pageshow", () => {
    for (const button of root.querySelectorAll("[data-once]")) button.removeAttribute("aria-disabled");
  });
}
