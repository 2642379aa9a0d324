// The table of streams: which rows are shown, in which order; of those on the screen, it writes what changed.

import { isFiltered, order, shows } from "../lib/listing.js";
import { staleFor } from "../lib/standing.js";
import { createPast } from "./overview-past.js";
import { createRow, renderRow, takeSample } from "./overview-row.js";

const CALM_MS = 3000; // rows change places at most this often, and never under the pointer or the focus

/** Takes hold of the <tbody>. `onShown(shown, all)` hears how many rows are shown. */
export function createTable({ body, store, view, now, onShown }) {
  const rows = [...body.querySelectorAll("[data-stream]")].map(createRow);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const byElement = new Map(rows.map((row) => [row.element, row]));
  let sequence = rows;
  let current = view;
  let live = false;
  let arrangedAt = -Infinity;
  let settled = false;

  const past = createPast({ onFilled: (row) => row.visible && render(row) });

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const row = byElement.get(entry.target);
      row.visible = entry.isIntersecting;
      if (row.visible) render(row);
    }
    past.want(rows.filter((row) => row.visible));
  }, { rootMargin: "200px" });
  for (const row of rows) watcher.observe(row.element);
  document.addEventListener("themechange", () => renderVisible());

  function render(row) {
    const server = store.server(Number(row.server));
    renderRow(row, { stale: live ? staleFor(server, now()) : row.stale ?? null, interval: server?.interval ?? 1 });
    if (live) row.stale = staleFor(server, now());
  }

  function renderVisible() {
    for (const row of rows) if (row.visible && !row.element.hidden) render(row);
  }

  function filter() {
    let shown = 0;
    for (const row of rows) {
      const hidden = !shows(current, row);
      if (row.element.hidden !== hidden) row.element.hidden = hidden;
      if (!hidden) shown += 1;
    }
    onShown({ shown, all: rows.length, filtered: isFiltered(current) });
  }

  function arrange() {
    const wanted = [...rows].sort(order(current.sort));
    if (wanted.some((row, index) => row !== sequence[index])) {
      body.append(...wanted.map((row) => row.element));
      sequence = wanted;
    }
    arrangedAt = performance.now();
  }

  function busy() {
    return body.matches(":hover") || body.contains(document.activeElement);
  }

  return {
    rows: () => sequence.filter((row) => !row.element.hidden),
    knows: (id) => byId.has(id),

    /** Takes one server's samples from the store. */
    sample(ids) {
      for (const row of ids.map((id) => byId.get(id)).filter(Boolean)) {
        takeSample(row, store.stream(row.id), store.server(Number(row.server)).taken_at);
      }
      filter();
      // The first numbers put the rows in order at once; after that, calmly.
      if (!settled || (performance.now() - arrangedAt > CALM_MS && !busy())) arrange();
      settled = true;
      renderVisible();
    },

    /** Shows the marks of open alerts. */
    mark(marks) {
      for (const row of rows) row.mark = marks.of(row.id);
      filter();
      if (!settled || !busy()) arrange();
      renderVisible();
    },

    /** Shows another view. */
    show(next) {
      current = next;
      filter();
      arrange();
      renderVisible();
    },

    /** Lets ages grow. While the socket is down nothing is judged: only the header says so. */
    tick(isLive) {
      live = isLive;
      if (live) renderVisible();
    },
  };
}
