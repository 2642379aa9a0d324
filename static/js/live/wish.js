// Which rows of the listing the page wants: told at most so often, and the latest wish wins. Pure but for its timer.

const PAUSE_MS = 150; // the server hears ten messages a second; scrolling would send sixty

/** `send(wish)` gets {view, first, rows, hold}; `tell(part)` changes some of it. */
export function createWish({ send, view, later = globalThis.setTimeout, clock = () => performance.now() }) {
  let wish = { view, first: 0, rows: 0, hold: false };
  let said = "";
  let saidAt = -Infinity;
  let timer = null;

  function say() {
    timer = null;
    const text = JSON.stringify(wish);
    if (text === said || wish.rows === 0) return;
    said = text;
    saidAt = clock();
    send(wish);
  }

  return {
    view: () => wish.view,
    tell(part) {
      wish = { ...wish, ...part };
      timer ??= later(say, Math.max(0, saidAt + PAUSE_MS - clock()));
    },
  };
}
