import assert from "node:assert/strict";
import test from "node:test";

import { createSeries } from "../../static/js/charts/series.js";
import { createPast } from "../../static/js/live/past.js";

/** A page at 1000 that shows the last 100 seconds; `answers` are what the server says, in turn. */
function start(answers = []) {
  const page = { now: 1000, shown: { since: 900, until: 1000 }, following: true };
  const [asked, timers, problems, busy] = [[], [], [], []];
  const series = createSeries({ interval_s: 1 });
  const past = createPast({
    url: "/h/", series, columns: ({ length }) => ({ length }), bounds: () => page.shown, following: () => page.following, now: () => page.now,
    fetchJson: (url) => {
      asked.push(url);
      return new Promise((answer) => { page.answer = (given) => answer(given ?? { body: answers.shift() }); });
    },
    onProblem: ({ title }) => problems.push(title), onBusy: (is) => busy.push(is),
    later: (run, ms) => timers.push({ run, ms }), cancel: () => timers.pop(),
  });
  const arrive = async (given) => {
    page.answer(given);
    await new Promise(setImmediate);
  };
  return { page, past, series, asked, timers, problems, busy, arrive };
}

const stored = (from, to, step = 1, step_s = null) => {
  const at = Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
  return { now: 1000, step_s, at, length: at.map((moment) => moment * 10) };
};
const values = (series, since, until) => series.rows({ since, until }).map(({ value }) => value("length"));

test("stored samples and those that came meanwhile are one line, each point once", async () => {
  const { past, series, asked, busy, arrive } = start([stored(890, 1000)]);
  past.look();
  past.add(1000, { length: 1 });
  past.add(1001, { length: 2 });

  await arrive();
  past.add(1002, { length: 3 });

  assert.deepEqual(asked, ["/h/?since=890.000"]);
  assert.deepEqual(values(series, 999, 1002), [9990, 10_000, 2, 3]);
  assert.deepEqual(busy, [true, false]);
});

test("live samples are drawn though history does not answer, and it is asked again, less and less often", async () => {
  const { past, series, timers, problems, arrive } = start();
  past.look();
  past.add(1000, { length: 1 });
  await arrive({ problem: { title: "no" } });
  assert.deepEqual(values(series, 900, 1001), [1]);

  timers.shift().run();
  const [retry] = timers.splice(0);
  retry?.run();
  await arrive({ problem: { title: "no" } });

  assert.deepEqual(problems, ["no", "no"]);
  assert.ok(timers.at(-1).ms > 3_500);
});

test("what is drawn stays until the range that a gesture ends with is here", async () => {
  const { page, past, series, asked, timers, arrive } = start([stored(890, 1000), stored(100, 400)]);
  past.look();
  await arrive();
  timers.length = 0;

  page.following = false;
  for (const since of [700, 500, 200]) {
    page.shown = { since, until: since + 100 };
    past.look();
  }
  assert.equal(timers.length, 1, "one request for the whole gesture");
  timers.pop().run();
  assert.equal(series.length, 111, "what was drawn is still there");
  await arrive();

  assert.deepEqual(asked, ["/h/?since=890.000", "/h/?since=175.000&until=325.000"]);
  assert.equal(values(series, 250, 250)[0], 2500);
  past.add(1001, { length: 1 });
  assert.equal(series.lastAt, 400, "what is live does not belong to a stretch of the past");
});

test("an answer that was overtaken is thrown away", async () => {
  const { page, past, series, timers, arrive } = start([stored(890, 1000), stored(0, 900, 9, 9)]);
  past.look();
  const first = page.answer;
  page.shown = { since: 0, until: 1000 };
  past.look();
  timers.pop().run();
  first({ body: stored(890, 1000) });
  await new Promise(setImmediate);
  assert.equal(series.length, 0);

  await arrive({ body: stored(0, 900, 9, 9) });

  assert.equal(series.step, 9);
});

test("while it was away a line of samples gets what is missing, and one of means is fetched anew", async () => {
  const { page, past, series, asked, arrive } = start();
  past.look();
  await arrive({ body: stored(890, 1000) });
  page.now = 1030;
  page.shown = { since: 930, until: 1030 };
  past.refill();
  past.add(1031, { length: 7 });
  await arrive({ body: { ...stored(1000, 1030), now: 1030 } });

  assert.equal(asked.at(-1), "/h/?since=1000.000");
  assert.deepEqual(series.holes(930), []);

  const means = start();
  means.page.shown = { since: 0, until: 1000 };
  means.past.look();
  await means.arrive({ body: stored(0, 990, 10, 10) });
  means.past.refill();

  assert.equal(means.asked.length, 2);
  assert.equal(means.asked[1], means.asked[0]);
});

test("what is paused for hours takes no more than so many rows, and catches up when it goes on", async () => {
  const { page, past, series, asked, timers, arrive } = start([stored(890, 1000)]);
  past.look();
  await arrive();
  page.following = false;
  for (let at = 1001; at < 10_000; at += 1) past.add(at, { length: at });
  assert.ok(series.length <= 7_600);
  assert.equal(values(series, 900, 900)[0], 9000, "what is shown is kept");

  Object.assign(page, { following: true, now: 10_000, shown: { since: 9_900, until: 10_000 } });
  timers.length = 0;
  past.look();
  timers.pop().run();

  assert.equal(asked.at(-1), "/h/?since=9890.000");
});
