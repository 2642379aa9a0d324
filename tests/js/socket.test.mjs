import assert from "node:assert/strict";
import test from "node:test";

import { openLive, pause } from "../../static/js/live/socket.js";

/** The browser's part: sockets that the test opens and closes by hand, and a clock that it winds. */
function makeBrowser() {
  const sockets = [];
  const timers = new Map();
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
    WebSocket, sockets, timers,
    location: { href: "https://gauge.example/streams/1/" },
    setTimeout: (run, delay) => timers.set(timers.size + 1, { run, delay }) && timers.size,
    clearTimeout: (id) => timers.delete(id),
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

test("a frame is handled and then acknowledged; an event without a number is not", () => {
  const order = [];
  const { socket } = start({ onEvent: (event) => order.push(event.type, socket().sent.length) });
  socket().open();

  socket().receive({ type: "sample.taken", seq: 41 });
  socket().receive({ type: "alert.opened" });

  assert.deepEqual(order, ["sample.taken", 0, "alert.opened", 1]);
  assert.deepEqual(socket().sent, [{ type: "seen", seq: 41 }]);
});

test("a handler that fails does not stop acknowledgements", () => {
  const { socket } = start({ onEvent: () => { throw new Error("a broken widget"); } });
  socket().open();

  assert.throws(() => socket().receive({ type: "sample.taken", seq: 1 }), /broken widget/);
  assert.deepEqual(socket().sent, [{ type: "seen", seq: 1 }]);
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

  assert.deepEqual(states, ["connecting", "live", "connecting", "offline", "live"]);
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

test("signed out is final", () => {
  const { browser, states, socket } = start();
  socket().open();

  socket().drop(4401);

  assert.equal(states.at(-1), "signed-out");
  assert.equal(browser.timers.size, 0);
});

test("a closed page opens nothing more", () => {
  const { browser, live, socket } = start();
  socket().open();

  live.close();

  assert.equal(browser.timers.size, 0);
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
