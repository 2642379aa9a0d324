// A plain script at the head of every page, the admin's too: sets the theme before anything is painted.
// The choice (light, dark, auto) stands in localStorage under "theme", the key that Django's admin uses.
// Buttons with data-theme-toggle cycle it; "themechange" on document tells canvases to draw anew.
(() => {
  const CHOICES = ["auto", "light", "dark"];
  const WORDS = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };
  const root = document.documentElement;

  function stored() {
    try {
      const value = localStorage.getItem("theme");
      return CHOICES.includes(value) ? value : "auto";
    } catch {
      return "auto"; // storage is forbidden: the system decides
    }
  }

  function apply(choice) {
    root.dataset.theme = choice;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-label", WORDS[choice]);
      button.title = WORDS[choice];
    }
    document.dispatchEvent(new CustomEvent("themechange", { detail: choice }));
  }

  function next() {
    const choice = CHOICES[(CHOICES.indexOf(root.dataset.theme) + 1) % CHOICES.length];
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // storage is forbidden: the choice lasts as long as the page
    }
    apply(choice);
  }

  apply(stored());
  document.addEventListener("DOMContentLoaded", () => {
    apply(stored());
    for (const button of document.querySelectorAll("[data-theme-toggle]")) button.addEventListener("click", next);
  });
  addEventListener("storage", (event) => event.key === "theme" && apply(stored()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(root.dataset.theme));
})();
