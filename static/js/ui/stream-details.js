// What a group's row opens to: what is wrong and its remedies, its consumers, the shape of what is pending, and the entries.

import { judgeConsumers } from "../lib/consumer-facts.js";
import { groupFindings } from "../lib/group-findings.js";
import { t } from "../lib/words.js";
import { createConsumers } from "./group-consumers.js";
import { createFindings } from "./group-findings.js";
import { renderSurvey } from "./group-survey.js";
import { pendingTable } from "./pending-table.js";
import { button, el } from "./stream-dom.js";
import { fetchJson } from "./stream-fetch.js";
import { createMeasure } from "./stream-measure.js";
import { createPanel, emptyNote, pages, problemNote } from "./stream-panel.js";

const CONSUMERS_EVERY_MS = 5000;

/**
 * Fills `element` anew and keeps it up to date while it is on the page; `urls` are {consumers, pending, survey, measure} of the
 * group, `remedies` as ui/group-findings.js has them. Returns {show(group)}, which takes the group's newest figures.
 */
export function openDetails({ group: opened, element, urls, remedies, now }) {
  let group = opened;
  const seen = { consumers: null, survey: null };
  const measure = createMeasure({ url: urls.measure });
  const findings = createFindings({ remedies, measure: measure.start });
  const consumers = watchConsumers({ url: urls.consumers, group, now, onRead: (judge) => {
    seen.consumers = judge(group);
    showFindings();
  } });
  const survey = surveyPanel({ group, now, onRead: (found) => {
    seen.survey = found;
    showFindings();
  } });
  const pending = el("div", { class: "panel" });
  const pendingPanel = createPanel({ element: pending, now, render: (body, panel) => renderPending(body, { panel, url: urls.pending, group, now }) });
  const showFindings = () => findings.show(groupFindings(group, seen));
  const read = () => {
    consumers.read();
    survey.load(urls.survey);
    pendingPanel.load(urls.pending);
  };

  element.replaceChildren(
    section(t("Findings"), findings.element, measure.element),
    el("div", { class: "details" },
      section(t("Consumers"), consumers.element),
      section(t("What is pending"), survey.element)),
    section(t("Pending entries"), pending, button(t("Refresh"), read, { class: "button button--quiet" })),
  );
  showFindings();
  read();
  return {
    show(present) {
      group = present;
      consumers.judge(group);
      showFindings();
    },
  };
}

function section(title, content, ...end) {
  return el("section", { class: "details__part" }, el("div", { class: "bar" }, el("h3", { class: "grow" }, title), ...end), content);
}

/** The consumers, read again every few seconds while they are on the screen. `onRead` hears a function of the group that judges them. */
function watchConsumers({ url, group, now, onRead }) {
  const shown = createConsumers({ label: t("Consumers of {group}", { group: group.name }) });
  const problem = el("div", { "aria-live": "polite" });
  let found = null;
  let failed = "";

  async function read() {
    const answer = await fetchJson(url);
    const title = answer.problem?.title ?? "";
    if (title !== failed) problem.replaceChildren(...(answer.problem ? [problemNote(answer.problem, { now, retry: read })] : []));
    failed = title;
    if (answer.problem) return;
    found = answer.body;
    onRead(judge);
  }

  function judge(present) {
    if (!found) return null;
    const live = present.live_consumers ?? null;
    const judged = judgeConsumers(found.consumers, { live: found.capped ? null : live, lags: present.lag !== 0 });
    shown.show(judged, found.capped);
    return judged;
  }

  const element = el("div", {}, problem, shown.element);
  const timer = setInterval(() => {
    if (!element.isConnected) clearInterval(timer);
    else if (!document.hidden && element.offsetParent !== null) read();
  }, CONSUMERS_EVERY_MS);
  return { element, read, judge };
}

function surveyPanel({ group, now, onRead }) {
  const element = el("div", { class: "panel" });
  const panel = createPanel({
    element,
    now,
    render: (body) => {
      onRead(body);
      return renderSurvey(body, { group: group.name, now });
    },
  });
  return { element, load: panel.load };
}

function renderPending({ entries, next, first }, { panel, url, group, now }) {
  if (!entries.length) {
    return first
      ? [emptyNote(t("Nothing is pending: every delivered entry was acknowledged."))]
      : [emptyNote(t("No further entries.")), pages({ first, next, panel, url })];
  }
  const shown = pendingTable(entries, { label: t("Pending entries of {group}", { group: group.name }), now: now() });
  return [shown, pages({ first, next, panel, url })];
}
