// Chart.js, however it came: the page loads its UMD build (vendored, or from CHARTJS_URL) before any module runs.
// Undefined where the browser could not load it, or refused it for its integrity: then figures and tables stand alone.

export const Chart = globalThis.Chart;
