// Modules that a page needs only once somebody opens a part of it, or scrolls to it: fetched then, not before the first paint.

import { t } from "../lib/words.js";
import { problemNote } from "./stream-panel.js";

/** What `load()` imports is handed to `use`; where it cannot be fetched, `element` says so and offers to try again. */
async function later({ load, element, now, use }) {
  try {
    use(await load());
  } catch {
    const problem = {
      title: t("Streamgauge did not answer."), detail: t("Check the connection, then try again."), remedy: t("If it stays so, reload this page."),
    };
    element.replaceChildren(problemNote(problem, { now, retry: () => later({ load, element, now, use }) }));
  }
}

/** As openDetails() of stream-details.js, for a group's row that somebody opens. */
export function detailsLater(options) {
  let { group } = options;
  let details = null;
  const open = ({ openDetails }) => {
    details = openDetails({ ...options, group });
  };
  later({ load: () => import("./stream-details.js"), element: options.element, now: options.now, use: open });
  return {
    show(present) {
      group = present;
      details?.show(present);
    },
  };
}

/** The newest entries, once somebody scrolls to them: a look at them costs the watched server something, too. */
export function entriesLater(options) {
  const { element, now } = options;
  const observer = new IntersectionObserver((changes) => {
    if (!changes.some((change) => change.isIntersecting)) return;
    observer.disconnect();
    later({ load: () => import("./stream-entries.js"), element, now, use: ({ createEntries }) => createEntries(options).load() });
  });
  observer.observe(element);
}
