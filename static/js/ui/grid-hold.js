// Rows keep their places while somebody points at one or has the focus in one. A pointer that was left there and does not
// move holds nothing.

const LEFT_MS = 30_000;

/** `onHold(hold)` hears when that begins and ends. */
export function gridHold({ body, onHold }) {
  let pointed = false;
  let timer = null;
  let held = false;

  function tell() {
    const hold = pointed || body.contains(document.activeElement);
    if (hold === held) return;
    held = hold;
    onHold(hold);
  }

  function point(isOver) {
    clearTimeout(timer);
    pointed = isOver;
    if (isOver) timer = setTimeout(point, LEFT_MS, false);
    tell();
  }

  body.addEventListener("pointermove", ({ pointerType }) => pointerType === "mouse" && point(true), { passive: true });
  body.addEventListener("pointerleave", () => point(false));
  body.addEventListener("focusin", tell);
  body.addEventListener("focusout", () => queueMicrotask(tell));
}
