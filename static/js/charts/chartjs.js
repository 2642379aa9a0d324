// Chart.js, however it came: the page loads its UMD build (vendored, or from CHARTJS_URL) before any module runs.

export const Chart = globalThis.Chart;
