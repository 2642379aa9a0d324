// A plain script at the head of every page, the admin's too: sets the look before anything is painted, so that no wrong
// one flashes. The choices stand in localStorage: "theme" (the key that Django's admin uses), "density" and "keys".
// ui/settings.js changes them and says "lookchange" on document; "themechange" tells canvases to draw anew.
(() => {
  const CHOICES = { theme: ["auto", "light", "dark", "contrast"], density: ["comfortable", "dense"], keys: ["on", "off"] };
  const YEAR_S = 365 * 86_400;
  const root = document.documentElement;
  const wantsContrast = matchMedia("(prefers-contrast: more)");

  function stored(name) {
    try {
      const value = localStorage.getItem(name);
      return CHOICES[name].includes(value) ? value : CHOICES[name][0];
    } catch {
      return root.dataset[name] || CHOICES[name][0]; // storage is forbidden: the choice lasts as long as the page
    }
  }

  function apply() {
    for (const name of Object.keys(CHOICES)) root.dataset[name] = stored(name);
    root.dataset.contrast = root.dataset.theme === "contrast" || wantsContrast.matches ? "more" : "normal";
    document.dispatchEvent(new CustomEvent("themechange", { detail: root.dataset.theme }));
  }

  // The server tells times, too: it learns the browser's zone here, and the reader's choice from another cookie.
  function tellZone() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    if (zone) document.cookie = `browser_zone=${zone}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
  }

  apply();
  tellZone();
  document.addEventListener("lookchange", apply);
  addEventListener("storage", ({ key }) => (key === null || key in CHOICES) && apply());
  wantsContrast.addEventListener("change", apply);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
})();
