import assert from "node:assert/strict";
import test from "node:test";

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
