import assert from "node:assert/strict";
import test from "node:test";

import { createPainter } from "../../static/js/charts/painter.js";

/** The browser's part: frames that the test gives, and what it says can be seen. */
function makeBrowser() {
  const frames = [];
  let tell;
  return {
    frames,
    requestAnimationFrame: (run) => frames.push(run),
    IntersectionObserver: class {
      constructor(callback) {
        tell = callback;
      }
      observe() {}
      unobserve() {}
    },
    see: (target, isIntersecting) => tell([{ target, isIntersecting }]),
    frame() {
      for (const run of frames.splice(0)) run();
    },
  };
}

function start() {
  const browser = makeBrowser();
  const painter = createPainter(browser);
  const drawn = [];
  for (const name of ["above", "below"]) painter.add(name, () => drawn.push(name));
  return { browser, painter, drawn };
}

test("what cannot be seen is not drawn, and catches up when it can", () => {
  const { browser, painter, drawn } = start();
  browser.see("above", true);
  browser.frame();

  painter.request();
  browser.frame();
  assert.deepEqual(drawn, ["above", "above"]);

  browser.see("below", true);
  browser.frame();
  assert.deepEqual(drawn, ["above", "above", "below"]);
});

test("many requests in one frame draw once", () => {
  const { browser, painter, drawn } = start();
  browser.see("above", true);
  browser.frame();
  drawn.length = 0;

  for (let turn = 0; turn < 100; turn += 1) painter.request();
  assert.equal(browser.frames.length, 1);
  browser.frame();

  assert.deepEqual(drawn, ["above"]);
});

test("a hidden tab, which gets no frames, draws nothing", () => {
  const { browser, painter, drawn } = start();
  browser.see("above", true);

  for (let turn = 0; turn < 100; turn += 1) painter.request();

  assert.deepEqual(drawn, []);
});

test("what is seen again without news is not drawn again", () => {
  const { browser, drawn } = start();
  browser.see("above", true);
  browser.frame();

  browser.see("above", false);
  browser.see("above", true);
  browser.frame();

  assert.deepEqual(drawn, ["above"]);
});

test("text is drawn out of sight too, for whoever searches the page or listens to it", () => {
  const { browser, painter, drawn } = start();
  painter.add("table", () => drawn.push("table"), { always: true });

  painter.request();
  browser.frame();

  assert.deepEqual(drawn, ["table"]);
});

test("one view can be asked for alone, and a removed one is never drawn", () => {
  const { browser, painter, drawn } = start();
  for (const name of ["above", "below"]) browser.see(name, true);
  browser.frame();
  drawn.length = 0;

  painter.request("below");
  browser.frame();
  painter.remove("below");
  painter.request();
  browser.frame();

  assert.deepEqual(drawn, ["below", "above"]);
});

test("what says that it must hear of everything does, as long as it says so, and text can be asked for alone", () => {
  const { browser, painter, drawn } = start();
  let folded = true;
  painter.add("folded", () => drawn.push("folded"), { always: () => folded });
  browser.see("above", true);
  browser.frame();
  drawn.length = 0;

  painter.requestText();
  browser.frame();
  assert.deepEqual(drawn, ["folded"]);

  folded = false;
  painter.request();
  browser.frame();
  assert.deepEqual(drawn, ["folded", "above"]);
});
