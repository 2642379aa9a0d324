// Marks, alerts and actions as the time axis shows them: one shape for all, and alerts also as spans. Pure.

import { t } from "./words.js";

/** What happened at one moment, of each kind: [{id, stream, key, kind, level, at, text, url}]. `markUrl(mark)` may be null. */
export function happeningsOf({ marks = [], alerts = [], actions = [] }, { markUrl = () => null } = {}) {
  return [
    ...marks.map((mark) => ({ ...pick(mark), id: `mark-${mark.mark}`, kind: mark.kind, at: mark.at, text: mark.text, url: markUrl(mark) })),
    ...(alerts ?? []).flatMap(edgesOf),
    ...(actions ?? []).map((action) => ({
      ...pick(action), id: `action-${action.action}`, kind: "action", at: action.at, url: action.url, level: STATES[action.state] ?? "notice",
      text: t("{operator}: {title} ({state})", { operator: action.operator || t("somebody"), title: action.title, state: action.state }),
    })),
  ];
}

const STATES = { failed: "critical", unknown: "warning", interrupted: "warning" };
const pick = ({ stream = null, key = "" }) => ({ stream, key });

function edgesOf({ alert, title, severity, opened_at, resolved_at, resolution, url, ...its }) {
  const opened = { ...pick(its), id: `alert-${alert}`, kind: "alert_opened", at: opened_at, text: title, level: severity, url };
  if (resolved_at === null) return [opened];
  const text = resolution ? `${title} · ${resolution}` : title;
  return [opened, { ...opened, id: `alert-${alert}-over`, kind: "alert_resolved", at: resolved_at, text, level: "" }];
}

/**
 * What answers left out, which tell the newest of each kind and in `of` how many there are: {n, count, since}, the moment from which on nothing
 * is missing; null where they told all.
 */
export function leftOut(answers) {
  const told = answers.flatMap(({ marks, alerts, actions, of = {} }) => Object.entries({ marks, alerts, actions })
    .map(([kind, rows]) => ({ rows: rows ?? [], count: of[kind] ?? rows?.length ?? 0 })));
  const cut = told.filter(({ rows, count }) => count > rows.length);
  if (!cut.length) return null;
  return {
    n: told.reduce((sum, { rows }) => sum + rows.length, 0), count: told.reduce((sum, { count }) => sum + count, 0),
    since: Math.max(...cut.map(({ rows }) => rows[0]?.at ?? rows[0]?.opened_at ?? Infinity)),
  };
}

/** Spans of alerts by number, so that one that resolves is known again: add(alerts), of(metrics, {since, until}). */
export function createSpans() {
  const known = new Map();
  return {
    add(alerts) {
      for (const one of alerts ?? []) known.set(one.alert, { since: one.opened_at, until: one.resolved_at, severity: one.severity, metric: one.metric });
    },

    /** Those on one of the metrics at some time between. */
    of: (metrics, { since, until }) => [...known.values()].filter((span) => (
      metrics.includes(span.metric) && span.since <= until && (span.until ?? Infinity) >= since
    )),
  };
}
