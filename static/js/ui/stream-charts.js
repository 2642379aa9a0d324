// The charts of a stream: its own numbers, and those of its groups.

import { axisCount, axisDuration, axisRate } from "../charts/axis-words.js";
import { chartLines, createRoster, groupLine, MOST_LINES, sampleValues, storedColumns } from "../charts/stream-lines.js";
import { bytes, compact, duration, rate } from "../lib/format.js";
import { t } from "../lib/words.js";
import { createCharted } from "./charted.js";
import { createRatedGroup } from "./rated-group.js";

const RANKED_EVERY_S = 10;
const OF_ALL = ["no_data_s", "server_unreachable_s"]; // alerts that every chart shows

const counts = { whole: true, format: compact, axis: axisCount };
const lasting = { lasting: true, format: duration, axis: axisDuration };
/** How each chart writes its numbers, and the metric of its thresholds. */
const CHARTS = {
  length: { ...counts, metric: "length" },
  rates: { format: rate, axis: axisRate, metric: "added_per_s" },
  lag: { ...counts, metric: "lag" },
  time_lag: { ...lasting, metric: "time_lag_s" },
  pending: { ...counts, metric: "pending" },
  oldest: { ...lasting, metric: "" },
  memory: { binary: true, format: bytes, axis: bytes, metric: "memory_bytes" },
  consumers: { ...counts, metric: "" },
};
const RANKED = new Set(["lag", "time_lag", "pending", "oldest"]);

/**
 * The charts of the stream that `page` is about; `page.limits` are its thresholds. `page.group` is the slug of the only group that is
 * shown, where it is there; `page.span_metrics` are metrics whose alerts every chart shows.
 */
export function createStreamCharts({ root, page, subject }) {
  const roster = createRoster();
  const reasons = new Map(); // why the newest lag of a group is not known
  const rated = createRatedGroup(root, () => charted.painter.request());
  const charted = createCharted({
    root, page, subject, interval_s: page.server.interval_s, columns: storedColumns, describe, onTaken: see,
    limits: (chart) => page.limits.filter(({ metric }) => metric === CHARTS[chart].metric),
    concerns: ({ type, server, stream }) => type !== "sample.taken" && (stream === page.stream || (stream === null && server === page.server.id)),
    markUrl: ({ stream }) => (stream === null ? page.server.url : null),
  });
  const shownGroups = createRanking({ roster, charted });

  function describe(chart) {
    const { metric, ...written } = CHARTS[chart];
    return {
      ...written,
      metrics: [metric, ...OF_ALL, ...(page.span_metrics ?? [])],
      silence: chart === "memory" ? t("Its memory was not measured in this time.") : undefined,
      reason: (name) => reasons.get(name) ?? "",
      more: () => (RANKED.has(chart) ? Math.max(0, roster.groups().length - MOST_LINES) : 0),
      lines: () => chartLines(chart, { groups: shownGroups(), rated: rated.slug }),
    };
  }

  const isShown = (slug) => !page.group || page.group === slug;

  function see({ groups }) {
    for (const { slug, name } of groups) if (isShown(slug)) roster.see(slug, name);
    rated.offer(roster.groups(), charted.series);
  }

  return {
    ...charted,

    /** One live sample of the stream, taken at a moment of the host's clock. */
    sample(at, stream, interval) {
      for (const { slug, name, lag_reason } of stream.groups.values()) {
        if (!isShown(slug)) continue;
        roster.see(slug, name);
        reasons.set(groupLine("lag", slug), lag_reason);
      }
      charted.sample(at, sampleValues(stream), interval);
      rated.offer(roster.groups(), charted.series);
    },
  };
}

/** The groups that have lines: all of them, or the eight that lag most, chosen anew now and then. */
function createRanking({ roster, charted }) {
  let chosen = [];
  let chosenAt = -Infinity;
  return () => {
    const all = roster.groups();
    if (all.length <= MOST_LINES) return all;
    if (charted.now() - chosenAt > RANKED_EVERY_S || chosen.length < MOST_LINES) {
      const lag = ({ slug }) => charted.series.last(groupLine("lag", slug)) ?? -1;
      chosen = [...all].sort((one, other) => lag(other) - lag(one)).slice(0, MOST_LINES);
      chosenAt = charted.now();
    }
    return chosen;
  };
}
