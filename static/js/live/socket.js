// One websocket to /ws/live/: opens, reopens, says again what the page watches, and acknowledges what was handled.

import { createPulse } from "./pulse.js";

const SIGNED_OUT = 4401;
const FORBIDDEN = 4403;
const RESTARTING = 1012; // a deployment closes every socket at once: spread their return
const LONGEST_PAUSE_MS = 15_000;
// The server sends so many frames ahead of an acknowledgement, and each acknowledgement is a message that it has to read.
const FRAMES_AHEAD = 2;
// A lone frame's turn; longer than the second between two samples, far shorter than the server's patience.
const LONE_FRAME_MS = 2_500;
// A socket that opens after a failure is believed at its first frame, or after so long: a server that has lost its own
// Redis accepts, then closes, and the header would flicker between live and offline.
const BELIEVED_MS = 6_000;
const OPENS_WITHIN_MS = 20_000; // browsers wait for minutes

/** Milliseconds to wait before try number `failures` (from 1); `random` is in [0, 1). */
export function pause(failures, random, code) {
  if (code === RESTARTING) return random * 5_000;
  const ceiling = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (failures - 1));
  return ceiling * (0.5 + random / 2);
}

/**
 * Opens the socket and keeps it open. `onEvent(event)` gets every parsed frame; `onState(state)` gets "connecting",
 * "live", "offline" (a second try in a row failed, or watching is forbidden) or "signed-out" (tried again when somebody looks).
 * `browser` stands in for the window in tests.
 */
export function openLive({ url, onEvent, onState = () => {}, browser = globalThis }) {
  let socket = null;
  let watched = null;
  let listed = null;
  let failures = 0;
  let timer = null;
  let handled = 0; // the latest frame's number
  let unsaid = 0; // frames that were handled and not acknowledged
  let lone = null; // the timer of a lone frame
  let opening = null; // the timer of a socket that is not open yet
  let believing = null; // the timer of a socket that has opened and said nothing yet
  let state = "";
  let closed = false;
  const pulse = createPulse({ ask: () => send({ type: "ping" }), lost: () => abandon(), browser });

  function enter(next) {
    if (next === state) return;
    state = next;
    onState(next);
  }

  function send(request) {
    if (socket?.readyState === browser.WebSocket.OPEN) socket.send(JSON.stringify(request));
  }

  function believe() {
    browser.clearTimeout(believing);
    failures = 0;
    enter("live");
  }

  function handle(text) {
    believe();
    pulse.heard();
    const event = JSON.parse(text);
    if (event.type === "pong") return;
    try {
      onEvent(event);
    } finally {
      // Counted even where a handler failed: otherwise one broken widget would stop the page.
      if (event.seq !== undefined) count(event.seq);
    }
  }

  function count(seq) {
    handled = seq;
    unsaid += 1;
    if (unsaid >= FRAMES_AHEAD) acknowledge();
    else lone ??= browser.setTimeout(acknowledge, LONE_FRAME_MS);
  }

  function acknowledge() {
    if (unsaid > 0) send({ type: "seen", seq: handled });
    forget();
  }

  function forget() {
    unsaid = 0;
    browser.clearTimeout(lone);
    lone = null;
  }

  function connect() {
    timer = null;
    if (state !== "signed-out") enter(failures > 1 ? "offline" : "connecting");
    const opened = new browser.WebSocket(new URL(url, browser.location.href.replace(/^http/, "ws")));
    socket = opened;
    opening = browser.setTimeout(abandon, OPENS_WITHIN_MS);
    opened.onopen = () => {
      browser.clearTimeout(opening);
      pulse.start();
      if (failures === 0) enter("live");
      else believing = browser.setTimeout(believe, BELIEVED_MS);
      if (watched) send(watched);
      if (listed) send(listed);
    };
    opened.onmessage = (message) => handle(message.data);
    opened.onclose = ({ code }) => {
      if (socket === opened) lost(code);
    };
  }

  // The browser may hold on to a dead connection for minutes: whatever becomes of it, this page goes on with another.
  function abandon() {
    const dead = socket;
    if (dead === null) return;
    lost(0);
    dead.close();
  }

  function lost(code) {
    socket = null;
    pulse.stop();
    browser.clearTimeout(opening);
    forget(); // the next one's numbers begin anew
    browser.clearTimeout(believing);
    if (closed) return;
    if (code === SIGNED_OUT) return enter("signed-out");
    if (code === FORBIDDEN) return enter("offline");
    failures += 1;
    enter(failures > 1 ? "offline" : "connecting");
    timer = browser.setTimeout(connect, pause(failures, Math.random(), code));
  }

  // A hidden tab's timers are slowed down, so nothing is left to them; and who comes back gets the latest at once.
  function noteVisibility() {
    acknowledge();
    hurry();
  }

  // The network is back, or somebody looks at the tab again: no reason to sit out a long pause, nor to trust what was open
  // through a sleep. Whoever was signed out may have signed in elsewhere.
  function hurry() {
    if (closed || browser.document?.visibilityState === "hidden") return;
    if (socket) return pulse.doubt();
    if (timer === null && state !== "signed-out") return;
    if (state === "signed-out") failures = 1; // believed when it says something: the server closes it again otherwise
    browser.clearTimeout(timer);
    connect();
  }

  browser.addEventListener?.("online", hurry);
  browser.document?.addEventListener("visibilitychange", noteVisibility);
  connect();

  return {
    /** Replaces what is watched: lists of ids of `streams`, of `servers` with all their streams, and of servers whose `health` alone is watched. */
    watch({ streams = [], servers = [], health = [] }) {
      watched = { type: "watch", streams, servers, ...(health.length ? { health } : {}) };
      send(watched);
    },

    /** Says which rows of the overview's listing are wanted: {view, first, rows, hold}; no rows: none. */
    list(wish) {
      listed = { type: "list", ...wish };
      send(listed);
    },

    close() {
      closed = true;
      pulse.stop();
      browser.clearTimeout(timer);
      forget();
      browser.removeEventListener?.("online", hurry);
      browser.document?.removeEventListener("visibilitychange", noteVisibility);
      socket?.close(1000);
    },
  };
}
