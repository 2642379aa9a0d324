import assert from "node:assert/strict";
import test from "node:test";

import { openLive, pause } from "../../static/js/live/socket.js";

/** The browser's part: sockets that the test opens and closes by hand, and a clock that it winds. */
function makeBrowser() {
  const sockets = [];
  const timers = new Map();
  const listeners = new Set();
  let lastTimer = 0;
  const document = {
    visibilityState: "visible",
    addEventListener: (_, listener) => listeners.add(listener),
    removeEventListener: (_, listener) => listeners.delete(listener),
    turn(state) {
      this.visibilityState = state;
      for (const listener of listeners) listener();
    },
  };
  class WebSocket {
    static OPEN = 1;
    readyState = 0;
    sent = [];
    constructor(url) {
      this.url = String(url);
      sockets.push(this);
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
    close() {
      this.drop(1000);
    }
    open() {
      this.readyState = 1;
      this.onopen();
    }
    receive(event) {
      this.onmessage({ data: JSON.stringify(event) });
    }
    drop(code) {
      this.readyState = 3;
      this.onclose({ code });
    }
  }
  return {
    WebSocket, sockets, timers, document,
    Date: { at: 1_000_000, now() { return this.at; } },
    location: { href: "https://gauge.example/streams/1/" },
    setTimeout: (run, delay) => timers.set((lastTimer += 1), { run, delay }) && lastTimer,
    clearTimeout: (id) => timers.delete(id),
    /** Timers beside the one that listens for silence. */
    pending: () => [...timers.values()].filter(({ delay }) => delay !== 5_000),
    /** Lets timers up to so long run, and the clock go on for `ms`. */
    pass(ms, upTo = 5_000) {
      this.Date.at += ms;
      const due = [...timers].filter(([, { delay }]) => delay <= upTo);
      for (const [id, { run }] of due) if (timers.delete(id)) run();
    },
    runTimers() {
      const due = [...timers.values()];
      timers.clear();
      for (const { run } of due) run();
    },
  };
}

function start(handlers = {}) {
  const browser = makeBrowser();
  const events = [];
  const states = [];
  const live = openLive({
    url: "/ws/live/", browser, onEvent: (event) => events.push(event), onState: (state) => states.push(state), ...handlers,
  });
  return { browser, events, states, live, socket: () => browser.sockets.at(-1) };
}

test("it connects to the page's own host, with TLS where the page has it", () => {
  const { socket } = start();

  assert.equal(socket().url, "wss://gauge.example/ws/live/");
});

test("frames are handled first, and every second one is acknowledged; an event without a number does not count", () => {
  const order = [];
  const { socket } = start({ onEvent: (event) => order.push(event.type, socket().sent.length) });
  socket().open();

  socket().receive({ type: "sample.taken", seq: 41 });
  socket().receive({ type: "error" });
  socket().receive({ type: "alert.opened", seq: 42 });
  socket().receive({ type: "sample.taken", seq: 43 });

  assert.deepEqual(order, ["sample.taken", 0, "error", 0, "alert.opened", 0, "sample.taken", 1]);
  assert.deepEqual(socket().sent, [{ type: "seen", seq: 42 }]);
});

test("a lone frame is acknowledged later than the next sample, long before the server's 15 seconds, and once", () => {
  const { browser, socket } = start();
  socket().open();

  socket().receive({ type: "sample.taken", seq: 1 });
  const [{ delay }] = browser.pending();
  browser.runTimers();
  browser.runTimers();

  assert.ok(delay > 1_500 && delay < 7_500, `${delay} ms`);
  assert.deepEqual(socket().sent, [{ type: "seen", seq: 1 }]);
});

test("a pair that was acknowledged leaves no timer behind", () => {
  const { browser, socket } = start();
  socket().open();

  for (let seq = 1; seq <= 4; seq += 1) socket().receive({ type: "sample.taken", seq });

  assert.equal(browser.pending().length, 0);
  assert.deepEqual(socket().sent.map(({ seq }) => seq), [2, 4]);
});

test("a tab that is hidden or looked at again acknowledges at once", () => {
  const { browser, socket } = start();
  socket().open();

  socket().receive({ type: "sample.taken", seq: 1 });
  browser.document.turn("hidden");
  browser.document.turn("visible");

  assert.deepEqual(socket().sent, [{ type: "seen", seq: 1 }]);
  assert.equal(browser.pending().length, 0);
});

test("what an earlier socket sent is not acknowledged on the next", () => {
  const { browser, socket } = start();
  socket().open();
  socket().receive({ type: "sample.taken", seq: 7 });

  socket().drop(1006);
  browser.runTimers();
  socket().open();
  socket().receive({ type: "sample.taken", seq: 1 });
  assert.deepEqual(socket().sent, []);
  socket().receive({ type: "sample.taken", seq: 2 });

  assert.deepEqual(socket().sent, [{ type: "seen", seq: 2 }]);
});

test("a server that sends two frames ahead is never left waiting", () => {
  for (const burst of [1, 2, 3, 7, 20]) {
    const { browser, socket } = start();
    socket().open();
    let sent = 0;
    let waiting = burst;
    const seen = () => socket().sent.at(-1)?.seq ?? 0;
    while (waiting > 0) {
      assert.ok(sent - seen() < 2, `stuck after ${sent} of ${burst}`);
      sent += 1;
      waiting -= 1;
      socket().receive({ type: "alert.opened", seq: sent });
    }
    browser.runTimers();
    assert.equal(seen(), burst);
  }
});

test("a handler that fails does not stop acknowledgements", () => {
  const { socket } = start({ onEvent: () => { throw new Error("a broken widget"); } });
  socket().open();

  for (const seq of [1, 2]) assert.throws(() => socket().receive({ type: "sample.taken", seq }), /broken widget/);

  assert.deepEqual(socket().sent, [{ type: "seen", seq: 2 }]);
});

test("what was watched before the socket opened, and before it was lost, is said again", () => {
  const { browser, live, socket } = start();
  live.watch({ streams: [1] });
  socket().open();
  live.watch({ streams: [2], servers: [3] });

  socket().drop(1006);
  browser.runTimers();
  socket().open();

  assert.equal(browser.sockets.length, 2);
  assert.deepEqual(browser.sockets[0].sent, [
    { type: "watch", streams: [1], servers: [] },
    { type: "watch", streams: [2], servers: [3] },
  ]);
  assert.deepEqual(socket().sent, [{ type: "watch", streams: [2], servers: [3] }]);
});

test("a lost socket is connecting at first, offline after a second failure, live again when it is", () => {
  const { browser, states, socket } = start();
  socket().open();

  socket().drop(1006);
  browser.runTimers();
  socket().drop(1006);
  browser.runTimers();
  socket().open();
  socket().receive({ type: "sample.taken", seq: 1 });

  assert.deepEqual(states, ["connecting", "live", "connecting", "offline", "live"]);
});

test("a socket that opens after a failure is believed at its first frame, or when it has stayed open for a while", () => {
  const { browser, states, socket } = start();
  socket().open();
  socket().drop(4503);
  browser.runTimers();

  socket().open();
  socket().drop(4503);
  assert.deepEqual(states, ["connecting", "live", "connecting", "offline"]);

  browser.runTimers();
  socket().open();
  assert.equal(states.at(-1), "offline");
  browser.runTimers();
  assert.equal(states.at(-1), "live");
});

test("a server that accepts and closes at once is not hammered", () => {
  const { browser, socket } = start();
  const delays = [];

  for (let turn = 0; turn < 5; turn += 1) {
    socket().open();
    socket().drop(1011);
    delays.push([...browser.timers.values()][0].delay);
    browser.runTimers();
  }

  assert.ok(delays[4] >= 4_000, `the fifth pause is ${delays[4]} ms`);
});

test("who is signed out is not tried again by itself", () => {
  const { browser, states, socket } = start();
  socket().open();

  socket().drop(4401);

  assert.equal(states.at(-1), "signed-out");
  assert.equal(browser.pending().length, 0);
});

test("a closed page opens nothing more", () => {
  const { browser, live, socket } = start();
  socket().open();

  live.close();

  assert.equal(browser.pending().length, 0);
  assert.equal(browser.sockets.length, 1);
});

for (const [name, failures, random, code, expected] of [
  ["the first pause is short", 1, 0, 1006, 250],
  ["pauses double", 4, 0, 1006, 2_000],
  ["pauses have a ceiling", 40, 0.999_999, 1006, 15_000],
  ["a restart spreads the sockets over five seconds", 1, 0.5, 1012, 2_500],
]) {
  test(name, () => assert.equal(Math.round(pause(failures, random, code)), expected));
}

const pings = (socket) => socket.sent.filter(({ type }) => type === "ping").length;

test("a connection that is silent for long is asked whether it lives, and one that answers stays", () => {
  const { browser, states, events, socket } = start();
  socket().open();

  browser.pass(6_000);
  assert.equal(pings(socket()), 0);
  browser.pass(20_000);
  assert.equal(pings(socket()), 1);
  socket().receive({ type: "pong" });
  browser.pass(6_000);

  assert.equal(browser.sockets.length, 1);
  assert.deepEqual(states, ["connecting", "live"]);
  assert.deepEqual(events, []);
});

test("one that does not answer is given up for another, which is asked for the same", () => {
  const { browser, states, live, socket } = start();
  socket().open();
  live.watch({ streams: [7] });
  const dead = socket();
  dead.close = () => {}; // as a browser that waits for the other side

  browser.pass(26_000); // asks
  browser.pass(6_000); // gives up
  browser.pass(1_000); // opens another
  socket().open();

  assert.notEqual(socket(), dead);
  assert.deepEqual(socket().sent, [{ type: "watch", streams: [7], servers: [] }]);
  dead.onclose({ code: 1006 }); // comes late and means nothing
  assert.equal(browser.sockets.length, 2);
  assert.equal(states.at(-1), "connecting");
});

test("after a sleep, or when somebody looks at the tab again, a silent connection is asked at once", () => {
  const { browser, socket } = start();
  socket().open();

  browser.document.turn("hidden");
  browser.Date.at += 4_000;
  browser.document.turn("visible");

  assert.equal(pings(socket()), 1);
});

test("a connection that never opens is given up", () => {
  const { browser } = start();

  browser.pass(20_000, 20_000);
  browser.pass(1_000);

  assert.equal(browser.sockets.length, 2);
});

test("who was signed out and looks at the page again is let in where they signed in elsewhere", () => {
  const { browser, states, socket } = start();
  socket().open();
  socket().drop(4401);
  browser.document.turn("visible");
  assert.equal(states.at(-1), "signed-out");

  socket().open();
  assert.equal(states.at(-1), "signed-out");
  socket().receive({ type: "sample.taken", seq: 1 });

  assert.deepEqual(states, ["connecting", "live", "signed-out", "live"]);
});
