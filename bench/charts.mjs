// Charts for bench/charts.py: ?way=ours|naive|uplot&charts=12&points=300&uplot=FOLDER. Each call of tick() moves all of them by a second.

import { createLiveChart } from "/static/js/charts/live-chart.js";
import { createPainter } from "/static/js/charts/painter.js";
import { createSeries } from "/static/js/charts/series.js";
import { readTheme } from "/static/js/charts/theme.js";

const asked = new URLSearchParams(location.search);
const [count, points] = [Number(asked.get("charts")), Number(asked.get("points"))];
const start = 1_795_000_000;
const value = (at, index) => 500 + 400 * Math.sin(at / 20 + index) + 80 * Math.sin(at * 1.7);

function canvas() {
  const box = document.createElement("div");
  box.append(document.createElement("canvas"));
  document.body.append(box);
  return box.firstChild;
}

function ours() {
  const painter = createPainter();
  const theme = readTheme();
  const charts = Array.from({ length: count }, (_, index) => {
    const series = createSeries({ keep_s: points });
    const element = canvas();
    const chart = createLiveChart(element, { label: String });
    const draw = () => {
      const [since, until] = [series.lastAt - points, series.lastAt];
      const line = { name: "value", series: 1, dash: 0, points: series.points("value", { since, until, buckets: chart.buckets }) };
      chart.show({ since, until, lines: [line], theme, thresholds: [{ limit: 700, severity: "warning", words: "warning above 700" }] });
    };
    painter.add(element, draw);
    return (at) => series.add(at, { value: value(at, index) });
  });
  return (at) => {
    for (const add of charts) add(at);
    painter.request();
  };
}

/** Chart.js as its first page shows it: every default left as it is. */
function naive() {
  const charts = Array.from({ length: count }, () => new globalThis.Chart(canvas(), {
    type: "line",
    data: { datasets: [{ label: "value", data: [] }] },
    options: { maintainAspectRatio: false, scales: { x: { type: "linear" } } },
  }));
  return (at, quiet) => charts.forEach((chart, index) => {
    const { data } = chart.data.datasets[0];
    data.push({ x: at, y: value(at, index) });
    if (data.length > points) data.shift();
    if (!quiet) chart.update();
  });
}

/** uPlot as its documentation has a chart that is fed: the data are set anew. It draws all charts, also those out of sight. */
function uplot() {
  const charts = Array.from({ length: count }, (_, index) => {
    const box = canvas().parentElement;
    box.replaceChildren();
    const data = [[], []];
    const options = { width: box.clientWidth, height: box.clientHeight, legend: { show: false }, series: [{}, { label: "value", stroke: "#0072b2", width: 1.5 }] };
    const chart = new globalThis.uPlot(options, data, box);
    return (at, quiet) => {
      data[0].push(at);
      data[1].push(value(at, index));
      if (data[0].length > points) data.forEach((column) => column.shift());
      if (!quiet) chart.setData(data);
    };
  });
  return (at, quiet) => charts.forEach((add) => add(at, quiet));
}

async function loadUplot(folder) {
  const [style, script] = [document.createElement("link"), document.createElement("script")];
  Object.assign(style, { rel: "stylesheet", href: `${folder}/uPlot.min.css` });
  script.src = `${folder}/uPlot.iife.min.js`;
  const loaded = [style, script].map((element) => new Promise((resolve) => { element.onload = resolve; }));
  document.head.append(style, script);
  await Promise.all(loaded);
}

if (asked.get("way") === "uplot") await loadUplot(asked.get("uplot"));
const move = { ours, naive, uplot }[asked.get("way")]();
let at = start;
for (; at < start + points; at += 1) move(at, true);
globalThis.tick = () => {
  move(at);
  at += 1;
};
globalThis.ready = true;
