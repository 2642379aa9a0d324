// Keys of the charts. On one that has the focus: arrows move the crosshair, with Shift they pan, + and − zoom around it, Enter opens
// what happened there. On the whole page: p pauses, + and − zoom, arrows pan, Escape goes back.

import { isShortcut } from "./keys.js";

const CURSOR_STEPS = 100; // from one end of what is shown to the other
const PAN = 0.2;
const ZOOM = 2;
const HANDS_FREE = "body, main, .stream-range *"; // elsewhere arrows and Escape may be somebody else's: a table may scroll sideways
const command = (event) => event.ctrlKey || event.metaKey || event.altKey;

/** Keys on `surface`, a chart's. `cursor()` is the moment under the crosshair or null; `on` as for gestures, with open(at). */
export function listenOnChart(surface, { bounds, cursor, on }) {
  const step = (by) => {
    const { since, until } = bounds();
    const from = cursor() ?? (by < 0 ? until : since);
    on.point(Math.max(since, Math.min(until, from + (by * (until - since)) / CURSOR_STEPS)));
  };
  const keys = {
    ArrowLeft: (event) => (event.shiftKey ? on.panBy(-PAN) : step(-1)),
    ArrowRight: (event) => (event.shiftKey ? on.panBy(PAN) : step(1)),
    PageUp: () => on.panBy(-1),
    PageDown: () => on.panBy(1),
    Home: () => on.point(bounds().since),
    End: () => on.point(bounds().until),
    Enter: () => cursor() !== null && on.open(cursor()),
    "+": () => on.zoomBy(1 / ZOOM, cursor()),
    "=": () => on.zoomBy(1 / ZOOM, cursor()),
    "-": () => on.zoomBy(ZOOM, cursor()),
    Escape: () => (cursor() === null ? on.back() : on.leave()),
  };
  surface.addEventListener("keydown", (event) => {
    if (command(event) || !keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key](event);
  });
}

/** Keys of the page, where nobody types and nothing else has taken them. `on` is {pause, zoomBy, panBy, back}. */
export function listenOnPage(on) {
  const keys = {
    p: () => on.pause(),
    "+": () => on.zoomBy(1 / ZOOM, null),
    "=": () => on.zoomBy(1 / ZOOM, null),
    "-": () => on.zoomBy(ZOOM, null),
    ArrowLeft: () => on.panBy(-PAN),
    ArrowRight: () => on.panBy(PAN),
    Escape: () => on.back(),
  };
  document.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || !isShortcut(event)) return;
    if (event.key.length > 1 && !event.target.matches(HANDS_FREE)) return;
    event.preventDefault();
    act();
  });
}
