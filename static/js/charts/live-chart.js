// Chart.js, tuned for lines that move once a second: no animation, no parsing, no points, no events of its own.

import { Chart } from "./chartjs.js";
import { parted } from "./doubt.js";
import { reach, thresholdLines } from "./limits.js";
import { crosshair, selection, underlays } from "./overlays.js";
import { RAIL, rail } from "./rail.js";
import { dashPattern, DOUBTFUL } from "./styles.js";
import { timeLabel, timeTicks, valueTicks } from "./ticks.js";

const LEFT = 52; // the same on every chart, so that one moment stands at one place on the page
const PIXELS_A_TIME = 84;
const EDGE = 20; // a label nearer to an end than this would be cut

/**
 * A chart on a canvas. `label(value)` writes the numbers of its axis; `whole` says that they are counts, `binary` bytes, `lasting` seconds.
 * show({since, until, lines, thresholds, happened, spans, unloaded, theme}): lines are {name, series, dash, faint, points: [{x, y, d}], band},
 * y null in a gap, d above 0 where the number is not exact; `band` is [] or the points of the most and of the least, between
 * which the line's colour is laid thinly; a `faint` line steps back behind the others.
 */
export function createLiveChart(canvas, { label = String, whole = false, binary = false, lasting = false } = {}) {
  const frame = {
    since: 0, until: 1, thresholds: [], happened: [], spans: [], unloaded: [], theme: null, cursor: null, selected: null, marks: [0, 1], label,
  };
  const datasets = new Map();
  let chart = null;

  function dataset({ name, series, dash, faint, points, width = null }) {
    if (!datasets.has(name)) datasets.set(name, { label: name });
    const colour = frame.theme.series[series - 1];
    return Object.assign(datasets.get(name), {
      data: points,
      borderColor: faint ? `color-mix(in srgb, ${colour} 45%, ${frame.theme.surface})` : colour,
      borderDash: dashPattern(dash),
      ...(width === null ? {} : { borderWidth: width }),
    });
  }

  /** The most, filled down to the least, which comes next; then the line itself, above both, dashed where it is in doubt. */
  function datasetsOf({ band = [], ...line }) {
    const edges = band.map((points, index) => {
      const edge = dataset({ ...line, name: `${line.name} ${index}`, points, width: 0 });
      const fill = index === 0 ? "+1" : false;
      return Object.assign(edge, { fill, backgroundColor: `color-mix(in srgb, ${edge.borderColor} 25%, transparent)` });
    });
    const [sure, doubtful] = parted(line.points);
    const dashed = doubtful ? [dataset({ ...line, name: `${line.name} ~`, points: doubtful, dash: DOUBTFUL })] : [];
    return [...edges, dataset({ ...line, points: sure }), ...dashed];
  }

  function redraw(change) {
    Object.assign(frame, change);
    chart?.draw();
  }

  return {
    /** Whether there is a Chart.js to draw with. */
    canDraw: Chart !== undefined,

    show({ lines, ...rest }) {
      if (!this.canDraw) return;
      Object.assign(frame, rest);
      frame.marks = valueTicks(reach(lines.flatMap(({ points, band = [] }) => [points, ...band]), frame.thresholds), { whole, binary, lasting });
      chart ??= makeChart(canvas, frame);
      chart.data.datasets = lines.flatMap(datasetsOf);
      place(chart, frame);
      chart.update("none");
    },

    /** Draws the crosshair at a moment, or none at null. */
    point(at) {
      if (frame.cursor !== at) redraw({ cursor: at });
    },

    /** Marks a stretch {since, until} that is being drawn out, or none at null. */
    select(stretch) {
      if (frame.selected !== stretch) redraw({ selected: stretch });
    },

    /** Whether a height on the canvas lies below the plot: on the time axis or the rail. */
    isBelow: (y) => chart !== null && y > chart.chartArea.bottom,

    /** The moment at a horizontal position on the canvas, or at the nearer end of the plot; null where nothing is drawn. */
    timeAt(x) {
      if (!chart) return null;
      const { left, right } = chart.chartArea;
      return chart.scales.x.getValueForPixel(Math.max(left, Math.min(right, x)));
    },

    /** How many points a line can show here, one a pixel. */
    get buckets() {
      return Math.max(50, Math.round(canvas.clientWidth - LEFT) || 300);
    },

    destroy() {
      chart?.destroy();
      chart = null;
    },
  };
}

function makeChart(canvas, frame) {
  const chart = new Chart(canvas, {
    type: "line",
    data: { datasets: [] },
    options: options(frame),
    plugins: [{ id: "frame", beforeInit: (its) => { its.$frame = frame; } }, underlays, thresholdLines, rail, selection, crosshair],
  });
  chart.$frame = frame;
  return chart;
}

function options(frame) {
  return {
    animation: false,
    parsing: false,
    normalized: true,
    spanGaps: false,
    responsive: true,
    maintainAspectRatio: false,
    events: [],
    plugins: { legend: { display: false }, tooltip: { enabled: false } },
    // Without a graphics card, wider lines and round joins cost half a tick; one pixel is crisp where pixels are large.
    elements: { line: { borderWidth: globalThis.devicePixelRatio > 1 ? 1.5 : 1, tension: 0, borderJoinStyle: "bevel" }, point: { radius: 0, hitRadius: 0 } },
    layout: { padding: { top: 6, right: 2, bottom: RAIL } },
    scales: { x: timeAxis(frame), y: valueAxis(frame) },
  };
}

function timeAxis(frame) {
  let step = 60;
  return {
    type: "linear",
    bounds: "data",
    grid: { display: false },
    border: { display: true },
    ticks: { autoSkip: false, maxRotation: 0, callback: (at) => timeLabel(at, step) },
    afterBuildTicks(scale) {
      const width = Math.max(1, scale.chart.width - LEFT);
      const margin = (EDGE / width) * (frame.until - frame.since);
      const found = timeTicks(frame.since, frame.until, { most: Math.max(2, Math.floor(width / PIXELS_A_TIME)) });
      step = found.step;
      scale.ticks = found.ticks
        .filter((at) => at > frame.since + margin && at < frame.until - margin)
        .map((value) => ({ value }));
    },
  };
}

function valueAxis(frame) {
  return {
    type: "linear",
    bounds: "data",
    border: { display: false },
    grid: { drawTicks: false },
    ticks: { autoSkip: false, padding: 6, callback: (value) => frame.label(value) },
    afterBuildTicks(scale) {
      scale.ticks = frame.marks.map((value) => ({ value }));
    },
    afterFit(scale) {
      scale.width = LEFT;
    },
  };
}

function place(chart, { since, until, marks, theme }) {
  const { x, y } = chart.options.scales;
  x.min = since;
  x.max = until;
  y.min = 0;
  y.max = marks.at(-1);
  if (chart.$theme === theme) return;
  chart.$theme = theme;
  for (const axis of [x, y]) {
    axis.ticks.color = theme.quiet;
    axis.ticks.font = theme.font;
    axis.grid.color = axis.border.color = theme.line;
  }
}
