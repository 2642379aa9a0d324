// Colours for canvases, from tokens.css alone. Draw anew at the event "themechange" on document.

const probe = document.createElement("span");
probe.hidden = true;

/** The token's colour in the present theme, as rgb(…): colour("series-1"). */
export function colour(name) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(--${name})`; // setting it from a script is no inline style to the CSP
  return getComputedStyle(probe).color;
}
