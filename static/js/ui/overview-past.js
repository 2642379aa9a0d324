// The minute before the page was opened, fetched once for each row that comes onto the screen.

const MOST = 100; // rows a request
const PAUSE_MS = 150; // rows come onto the screen in handfuls

/** `onFilled(row)` hears of each row whose minute was filled. */
export function createPast({ onFilled, get = fetch }) {
  const asked = new Set();
  let waiting = [];
  let timer = null;

  async function run() {
    timer = null;
    const rows = waiting.splice(0, MOST);
    if (waiting.length) timer = setTimeout(run, PAUSE_MS);
    const answer = await get(`/sparklines/?streams=${rows.map((row) => row.id).join(",")}`).catch(() => null);
    if (!answer?.ok) return; // the sparklines begin empty and fill as samples come
    const found = await answer.json();
    for (const row of rows) {
      const past = found[row.id];
      if (!past) continue;
      row.minute.fill(past.at, past.added_per_s);
      onFilled(row);
    }
  }

  return {
    /** Asks for the past of rows that were not asked for yet. */
    want(rows) {
      const fresh = rows.filter((row) => !asked.has(row.id));
      for (const row of fresh) asked.add(row.id);
      waiting.push(...fresh);
      if (waiting.length) timer ??= setTimeout(run, PAUSE_MS);
    },
  };
}
