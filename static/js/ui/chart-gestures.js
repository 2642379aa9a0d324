// What a pointer does on a chart: point, draw out a stretch to zoom in on, drag with a modifier to pan, wheel, double click; two fingers
// that spread or close zoom.

import { createPinch } from "../lib/pinch.js";

const SLIP_PX = 5; // less is a click
const A_NOTCH = 1.25; // how much more or less one notch of a wheel shows
const NOTCH_PX = 100;
const LINE_PX = 16;

/**
 * Listens on `surface`. `timeAt(x)` is the moment at a horizontal position, kept within the plot. `on` are
 * {point(at, event), leave(), select({since, until} | null), zoomTo(one, other), zoomBy(factor, at), panBy(share), back(), click(at, event)}.
 */
export function listenForGestures(surface, { timeAt, on }) {
  let drag = null;
  const pinch = createPinch();

  function touch(event) {
    if (event.pointerType === "touch") pinch.down(event.pointerId, event.offsetX, event.offsetY);
  }

  function begin(event) {
    if (event.pointerType === "touch" || ![0, 1].includes(event.button)) return; // fingers point and scroll
    const pans = event.button === 1 || event.shiftKey || event.altKey;
    drag = { x: event.offsetX, latest: event.offsetX, from: timeAt(event.offsetX), pans, moved: false };
    surface.setPointerCapture(event.pointerId);
    surface.toggleAttribute("data-panning", pans);
    if (event.button === 1) event.preventDefault();
  }

  function move(event) {
    on.point(timeAt(event.offsetX), event);
    const spread = pinch.move(event.pointerId, event.offsetX, event.offsetY);
    if (spread) on.zoomBy(spread.factor, timeAt(spread.middle));
    if (!drag) return;
    drag.moved ||= Math.abs(event.offsetX - drag.x) > SLIP_PX;
    if (!drag.moved) return;
    if (drag.pans) {
      on.panBy((drag.latest - event.offsetX) / surface.clientWidth);
      drag.latest = event.offsetX;
    } else {
      const at = timeAt(event.offsetX);
      on.select({ since: Math.min(drag.from, at), until: Math.max(drag.from, at) });
    }
  }

  function end(event) {
    pinch.up(event.pointerId);
    if (!drag) return;
    const { moved, pans, from } = drag;
    give();
    if (moved && !pans) on.zoomTo(from, timeAt(event.offsetX));
    if (!moved) on.click(from, event);
  }

  function give() {
    drag = null;
    surface.removeAttribute("data-panning");
    on.select(null);
  }

  function wheel(event) {
    const zooms = event.shiftKey || event.ctrlKey; // a pinch on a touchpad comes as Ctrl and wheel
    const pixels = (event.deltaMode ? LINE_PX : 1) * (zooms ? event.deltaY || event.deltaX : event.deltaX);
    if (!pixels) return; // the page scrolls
    event.preventDefault();
    if (zooms) on.zoomBy(A_NOTCH ** Math.max(-3, Math.min(3, pixels / NOTCH_PX)), timeAt(event.offsetX));
    else on.panBy(pixels / surface.clientWidth);
  }

  surface.addEventListener("pointerdown", (event) => {
    on.point(timeAt(event.offsetX), event);
    touch(event);
    begin(event);
  });
  surface.addEventListener("pointermove", move);
  surface.addEventListener("pointerup", end);
  surface.addEventListener("pointercancel", (event) => {
    pinch.up(event.pointerId);
    give();
  });
  surface.addEventListener("pointerleave", () => drag || on.leave());
  surface.addEventListener("wheel", wheel, { passive: false });
  surface.addEventListener("dblclick", () => on.back());

  return {
    /** Gives a drag up; whether there was one. */
    cancel() {
      const had = drag !== null;
      if (had) give();
      return had;
    },
  };
}
