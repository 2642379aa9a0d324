// Stored samples for what this page has not seen: before it was opened, and while its socket was lost.

/** The sampler writes its samples some seconds late: what is still missing by then is asked for again. */
const LATE_MS = [3_500, 13_000];

/**
 * fill(since) asks for everything since a moment and hands it to `take(body)`; `holes(since)` are [{from, to}] that are
 * still missing. `onProblem(problem)` hears where it failed.
 */
export function createBackfill({ url, fetchJson, take, holes, onProblem, later = globalThis.setTimeout }) {
  async function load(since) {
    const { body, problem } = await fetchJson(`${url}?since=${since.toFixed(3)}`);
    if (problem) onProblem(problem);
    else take(body);
    return !problem;
  }

  function again(since) {
    const [first] = holes(since);
    if (first) load(first.from);
  }

  return {
    async fill(since) {
      const loaded = await load(since);
      for (const pause of LATE_MS) later(() => (loaded ? again(since) : load(since)), pause);
    },
  };
}
