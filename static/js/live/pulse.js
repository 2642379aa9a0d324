// Whether a connection still lives: a laptop that slept, a proxy that dropped it or a cable that was pulled say nothing.

const LOOK_EVERY_MS = 5_000;
const QUIET_MS = 20_000; // silent for so long, it is asked
const DOUBTFUL_MS = 3_000; // after less, nobody needs to ask
const ANSWER_WITHIN_MS = 5_000;

/**
 * Watches over one connection at a time. `ask()` sends something that is always answered, `lost()` hears that no answer came.
 * heard(): a frame arrived. doubt(): somebody looks at the page again, or the network is said to be back: ask at once.
 * start() with a new connection, stop() with its end. After a sleep the first look finds a long silence.
 */
export function createPulse({ ask, lost, browser = globalThis }) {
  let heardAt = 0;
  let looking = null;
  let waiting = null;

  function heard() {
    heardAt = browser.Date.now();
    browser.clearTimeout(waiting);
    waiting = null;
  }

  const silence = () => browser.Date.now() - heardAt;
  // Below 0 the clock was set, so nobody knows.
  const isSilentFor = (ms) => silence() > ms || silence() < 0;

  function doubt() {
    if (looking === null || waiting !== null || !isSilentFor(DOUBTFUL_MS)) return;
    waiting = browser.setTimeout(lost, ANSWER_WITHIN_MS);
    ask();
  }

  function look() {
    looking = browser.setTimeout(look, LOOK_EVERY_MS);
    if (isSilentFor(QUIET_MS)) doubt();
  }

  function stop() {
    browser.clearTimeout(looking);
    browser.clearTimeout(waiting);
    looking = null;
    waiting = null;
  }

  return {
    heard,
    doubt,
    stop,
    start() {
      stop();
      heard();
      looking = browser.setTimeout(look, LOOK_EVERY_MS);
    },
  };
}
