// Takes parts of the page anew from the server, which is the only one to draw them.

const PAUSE_MS = 1000; // a storm of events is one fetch

/** The page of this address as it is now: a document that runs no script; null where it cannot be had. */
export async function freshPage(address = location.href, options = {}) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error", ...options }).catch(() => null);
  if (!answer?.ok) return null; // the header tells of a lost connection
  // Parsed, not run: a document made this way executes no script.
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Whether somebody has begun to fill in a field of the element: it is not to be taken away from them. */
export function isTouched(element) {
  const fields = [...element.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select")];
  const typed = ({ value, defaultValue }) => defaultValue !== undefined && value !== defaultValue;
  return fields.some((field) => field === document.activeElement || typed(field));
}

/** Whether a field of the form says something else than the server drew: somebody was faster than the page's script. */
export function isChanged(form) {
  const differs = (field) => {
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  };
  return [...form.elements].some((field) => field.defaultValue !== undefined || field.options ? differs(field) : false);
}

/** Calls `run` soon, however often it is asked meanwhile; never twice at once, and again where it is asked while it runs. */
export function soon(run, pause_ms = PAUSE_MS) {
  let timer = null;
  let isRunning = false;
  const ask = () => {
    timer ??= setTimeout(go, pause_ms);
  };
  async function go() {
    timer = null;
    if (isRunning) return ask();
    isRunning = true;
    try {
      await run();
    } finally {
      isRunning = false;
    }
    return undefined;
  }
  return ask;
}

/** A function that refreshes the elements with these ids from the page's own address, keeping the focus where it was. */
export function createRefresh({ ids, onDone = () => {} }) {
  return soon(async () => {
    const page = await freshPage();
    for (const id of page ? ids : []) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (!old || !fresh || isTouched(old)) continue;
      const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
      old.replaceWith(document.adoptNode(fresh));
      if (focused) document.getElementById(focused)?.focus();
      onDone(fresh);
    }
  });
}
