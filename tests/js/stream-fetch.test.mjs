import assert from "node:assert/strict";
import test from "node:test";

import { createBackfill } from "../../static/js/live/backfill.js";
import { fetchJson } from "../../static/js/ui/stream-fetch.js";

function answering({ status = 200, type = "application/json", text = "{}", redirected = false }) {
  const response = new Response(text, { status, headers: { "content-type": type } });
  Object.defineProperty(response, "redirected", { value: redirected });
  return { fetch: async () => response };
}

test("a body is handed on", async () => {
  assert.deepEqual(await fetchJson("/x", answering({ text: '{"entries":[]}' })), { body: { entries: [] } });
});

for (const [name, response, title] of [
  ["a problem that the server names", { text: '{"problem":{"title":"It is down."}}' }, /It is down/],
  ["a refused request", { status: 400, text: '{"problem":{"title":"after must be an id"}}' }, /after must be/],
  ["the sign-in page", { type: "text/html", text: "<form>", redirected: true }, /signed out/],
  ["a permission that is gone", { type: "text/html", status: 403, text: "no" }, /may not/],
  ["a proxy's error page", { type: "text/html", status: 502, text: "Bad gateway" }, /error/],
  ["half a body", { text: '{"entries":[' }, /error/],
]) {
  test(`${name} is a problem in words`, async () => {
    const { problem, body } = await fetchJson("/x", answering(response));
    assert.match(problem.title, title);
    assert.equal(body, undefined);
  });
}

test("no network is a problem in words", async () => {
  const { problem } = await fetchJson("/x", { fetch: () => Promise.reject(new TypeError("Failed to fetch")) });

  assert.match(problem.title, /did not answer/);
  assert.ok(problem.remedy);
});

function startBackfill({ answers, holes = () => [] }) {
  const [asked, taken, problems, timers] = [[], [], [], []];
  const backfill = createBackfill({
    url: "/history/",
    fetchJson: async (url) => {
      asked.push(url);
      return answers.shift() ?? { body: "none" };
    },
    take: (body) => taken.push(body), holes, onProblem: (problem) => problems.push(problem), later: (run) => timers.push(run),
  });
  return { backfill, asked, taken, problems, timers };
}

test("history is asked for at once, and again only where something is still missing", async () => {
  const holes = [[{ from: 130, to: 140 }], []];
  const { backfill, asked, taken, timers } = startBackfill({ answers: [{ body: "first" }, { body: "late" }], holes: () => holes.shift() });

  await backfill.fill(100);
  for (const run of timers) await run();

  assert.deepEqual(asked, ["/history/?since=100.000", "/history/?since=130.000"]);
  assert.deepEqual(taken, ["first", "late"]);
});

test("history that failed is asked for again from the same moment", async () => {
  const { backfill, asked, taken, problems, timers } = startBackfill({ answers: [{ problem: { title: "no" } }, { body: "now" }] });

  await backfill.fill(100);
  await timers[0]();

  assert.equal(asked[1], asked[0]);
  assert.deepEqual(problems, [{ title: "no" }]);
  assert.deepEqual(taken, ["now"]);
});
