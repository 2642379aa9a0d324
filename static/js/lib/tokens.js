// Colours for canvases, from tokens.css alone. Draw anew at the event "themechange" on document.

const known = new Map();
let probe = null;

function createProbe() {
  probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  document.addEventListener("themechange", () => known.clear(), { capture: true });
}

/** The token's colour in the present theme, as rgb(…): colour("series-1"). */
export function colour(name) {
  if (!probe) createProbe();
  if (!known.has(name)) {
    probe.style.color = `var(--${name})`; // setting it from a script is no inline style to the CSP
    known.set(name, getComputedStyle(probe).color);
  }
  return known.get(name);
}
