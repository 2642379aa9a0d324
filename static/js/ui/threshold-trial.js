// A threshold tried on the past: asks in short steps, tells what it has found so far, and draws what was judged.

import { axisCount, axisDuration, axisRate } from "../charts/axis-words.js";
import { createLiveChart } from "../charts/live-chart.js";
import { readTheme } from "../charts/theme.js";
import { bytes, time } from "../lib/format.js";
import { earlier, lineOf, loudest, nextOf, notesOf, verdict } from "../lib/trial.js";
import { t } from "../lib/words.js";
import { setText } from "./cells.js";
import { ask } from "./threshold-look.js";

const SHOWN = 200; // alerts in the table
const LEAST_S = 60; // that the chart shows
const AXES = {
  "": { whole: true, label: axisCount },
  s: { lasting: true, label: axisDuration },
  "/s": { label: axisRate },
  bytes: { binary: true, label: bytes },
  "%": { label: String },
};

/** Lets the form be tried: `place` is the section of it. */
export function offerTrial(form, place) {
  const part = (name) => place.querySelector(`[data-tried=${name}]`);
  const start = part("start");
  let trial = null; // {plan, alerts, range, chart}: what is shown; another one makes the former end

  const send = (more, its) => ask(form, place.dataset.try, { _id: place.dataset.id, _range: its.range, ...more });

  async function run() {
    trial?.chart?.destroy();
    const its = { range: form.elements._range.value, alerts: [], more: 0, begins: null, chart: null };
    trial = its;
    for (const name of ["looked", "verdict"]) setText(part(name), "");
    for (const name of ["notes", "alerts"]) part(name).replaceChildren();
    for (const name of ["chart", "table"]) part(name).hidden = true;
    setText(part("verdict"), t("Looking …"));
    try {
      its.plan = await send({}, its);
      if (trial !== its) return;
      if (its.plan.problems) setText(part("verdict"), its.plan.problems);
      else await walk(its);
    } catch (error) {
      if (trial === its) setText(part("verdict"), t("It could not be tried: {why}", { why: error.message }));
    }
    if (trial === its) part("progress").hidden = true;
  }

  async function walk(its) {
    let left = its.plan.ids;
    const count = left.length;
    while (left.length && trial === its) {
      progress(count - left.length, count);
      const asked = nextOf(left, count - left.length);
      const answer = await send({ _ids: asked.join(","), _now: its.plan.now }, its);
      if (trial !== its) return;
      if (answer.problems) throw new Error(answer.problems);
      left = [...answer.left, ...left.slice(asked.length)];
      its.alerts.push(...answer.alerts);
      its.more += answer.more;
      its.begins = earlier(its.begins, answer.begins);
      its.alerts.sort((one, other) => other.since - one.since);
      tell(its, left.length === 0);
    }
    if (trial !== its) return;
    tell(its, true);
    setText(part("looked"), its.plan.looked);
    part("notes").replaceChildren(...notesOf(its, time).map((text) => element("li", text)));
    const subject = loudest(its.alerts) ?? (its.plan.ids.length ? its.plan.first : null);
    if (subject) await draw(its, subject);
  }

  function progress(done, count) {
    Object.assign(part("progress"), { hidden: false, max: count, value: done });
  }

  function tell(its, isDone) {
    setText(part("verdict"), verdict(its.alerts.length + its.more, its.range, { isDone }));
    part("alerts").replaceChildren(...its.alerts.slice(0, SHOWN).map((alert) => row(its, alert)));
    part("table").hidden = its.alerts.length === 0;
  }

  function row(its, alert) {
    const badge = Object.assign(element("span", t(alert.severity)), { className: "badge" });
    badge.dataset.level = alert.severity;
    const pick = Object.assign(element("button", alert.name), { type: "button", className: "tried__pick" });
    pick.addEventListener("click", () => draw(its, alert));
    const line = document.createElement("tr");
    const cells = [badge, pick, time(alert.since, { now: its.plan.now }), alert.lasted || t("open still"), alert.worst];
    line.append(...cells.map((cell) => element("td", cell)));
    line.lastElementChild.className = "num";
    return line;
  }

  async function draw(its, subject) {
    const line = await send({ _ids: String(subject.id), _group: subject.group, _now: its.plan.now }, its);
    if (trial !== its || line.problems) return;
    const spans = its.alerts.filter(({ id, group }) => id === subject.id && group === subject.group);
    part("chart").hidden = false;
    setText(part("caption"), subject.name);
    const canvas = part("chart").querySelector("canvas");
    canvas.setAttribute("aria-label", `${subject.name}: ${verdict(spans.length, its.range, { isDone: true })}`);
    its.chart ??= createLiveChart(canvas, AXES[its.plan.unit] ?? AXES[""]);
    its.show = () => its.chart.show({
      since: Math.max(its.plan.since, Math.min(line.at[0] ?? 0, its.plan.now - LEAST_S)), until: its.plan.now, lines: [lineOf(subject.name, line)], thresholds: its.plan.limits,
      happened: [], spans, unloaded: [], theme: readTheme(),
    });
    its.show();
  }

  start.addEventListener("click", run);
  document.addEventListener("themechange", () => trial?.show?.());
  form.addEventListener("input", (event) => {
    if (!trial || place.contains(event.target)) return;
    trial.chart?.destroy();
    trial = null;
    part("progress").hidden = part("chart").hidden = part("table").hidden = true;
    setText(part("verdict"), t("The form has changed since: try it again."));
    setText(part("looked"), "");
  });
  place.hidden = false;
}

/** An element with a text or another element in it. */
function element(name, content) {
  const made = document.createElement(name);
  made.append(content);
  return made;
}
