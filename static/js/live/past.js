// The past of what is shown: fetched where it is missing or too coarse, and joined with the samples that come. What is
// drawn stays until something better is here.

import { wanted } from "../charts/cover.js";

/** Samples of so many seconds are kept aside: a range that was asked for a moment ago has not heard of them. */
const RECENT_S = 150;
/** Rows of a stretch that is held while samples come; beyond them they are fetched anew when somebody wants them. */
const MOST_ROWS = 7_500;
/** A gesture asks for many ranges: only the one that it ends with is fetched. */
const REST_MS = 150;
/** What is missing after a fetch may be written by then. */
const LATE_MS = [3_500, 13_000];
const LONGEST_MS = 30_000; // between two tries

/**
 * `bounds()` is what is shown, `following()` whether that goes on with `now()`; `columns(body)` are the stored columns by
 * line. `onTaken(body)` is called when something came, `onBusy(busy)`, `onProblem(problem)` where it failed.
 */
export function createPast({
  url, fetchJson, series, columns, bounds, following, now, onTaken = () => {}, onBusy = () => {}, onProblem = () => {}, later = globalThis.setTimeout, cancel = globalThis.clearTimeout,
}) {
  let loaded = null;
  let asking = null; // the range that is on its way, as `loaded` will be
  let timer = null;
  let turn = 0;
  let failures = 0;
  let recent = [];

  const missing = (than) => wanted(bounds(), than, { following: following(), now: now() });

  async function load() {
    timer = null;
    const ask = missing(loaded);
    if (!ask) return;
    const its = ++turn;
    asking = { since: ask.since, until: ask.until ?? Infinity, step_s: null, live: ask.until === null };
    onBusy(true);
    const { body, problem } = await fetchJson(address(ask));
    if (its !== turn) return;
    asking = null;
    onBusy(false);
    if (problem) return failed(problem);
    failures = 0;
    take(body, ask);
    look();
  }

  function address({ since, until }) {
    const end = until === null ? "" : `&until=${until.toFixed(3)}`;
    return `${url}?since=${Math.max(0, since).toFixed(3)}${end}`;
  }

  function failed(problem) {
    onProblem(problem);
    failures += 1;
    later(look, Math.min(LONGEST_MS, LATE_MS[0] * 2 ** (failures - 1)));
  }

  function take(body, { since, until }) {
    series.replace(body.at, columns(body), body.step_s);
    loaded = { since, until: until ?? body.now, step_s: body.step_s, live: until === null };
    if (loaded.live) {
      const last = body.at.at(-1) ?? -Infinity;
      for (const { at, values } of recent) if (at > last) series.add(at, values);
      for (const pause of LATE_MS) later(fillHoles, pause);
    }
    onTaken(body);
  }

  /** Fills what is missing among samples; of means a hole is no longer than what is fetched next. */
  async function fillHoles(from = null) {
    if (!loaded?.live || series.step) return;
    const since = from ?? series.holes(Math.max(bounds().since, loaded.since))[0]?.from;
    if (since === undefined) return;
    const its = turn;
    const { body, problem } = await fetchJson(address({ since, until: null }));
    if (problem) return onProblem(problem);
    if (its !== turn || body.step_s) return;
    series.merge(body.at, columns(body));
    onTaken(body);
  }

  /** Looks whether something is to be fetched; at once at first, then when a gesture rests. */
  function look() {
    if (!missing(asking ?? loaded)) return;
    if (!loaded && !asking) return void load();
    if (timer !== null) cancel(timer);
    timer = later(load, REST_MS);
  }

  return {
    look,

    /** One live sample. */
    add(at, values) {
      recent = [...recent.filter((row) => row.at > at - RECENT_S && row.at < at), { at, values }];
      if (loaded && !loaded.live) return; // before anything was loaded, what comes is all there is
      const { since, until } = bounds();
      series.keep = following() ? 1.2 * (until - since) + 60 : Infinity;
      if (following() || series.length < MOST_ROWS) return series.add(at, values);
      if (loaded) loaded = { ...loaded, live: false, until: series.lastAt };
    },

    /** Forgets what is younger than a moment: the clock was set back. */
    cut(at) {
      recent = recent.filter((row) => row.at <= at);
      series.cut(at);
    },

    /** The socket was away: what came meanwhile is fetched. */
    refill() {
      if (!loaded?.live) return look();
      if (series.step) {
        loaded = null;
        return look();
      }
      const from = series.lastAt;
      if (from === null) return look();
      fillHoles(from);
      for (const pause of LATE_MS) later(fillHoles, pause);
    },

    get loaded() {
      return loaded;
    },
  };
}
