// Who is drawn when: at most once a frame, only what can be seen. What was hidden catches up when it is seen again.

/** A painter of views. Drawing is free of charge while a tab is hidden: the browser gives it no frames. */
export function createPainter(browser = globalThis) {
  const views = new Map();
  let waiting = false;

  const observer = new browser.IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      const view = views.get(target);
      if (view) view.visible = isIntersecting;
    }
    if ([...views.values()].some(due)) schedule();
  }, { rootMargin: "100px" });

  const due = (view) => view.stale && (view.visible || view.always());

  function schedule() {
    if (waiting) return;
    waiting = true;
    browser.requestAnimationFrame(paint);
  }

  function paint() {
    waiting = false;
    for (const view of views.values()) {
      if (!due(view)) continue;
      view.stale = false;
      view.draw();
    }
  }

  return {
    /** Lets `draw()` be called when `element` is to be drawn; `always` (or while it says so): also where it is out of sight, as text is. */
    add(element, draw, { always = false } = {}) {
      views.set(element, { draw, visible: false, always: typeof always === "function" ? always : () => always, stale: true });
      if (always !== true) observer.observe(element);
    },

    remove(element) {
      views.delete(element);
      observer.unobserve(element);
    },

    /** Something changed that only text shows: the views that are drawn always. */
    requestText() {
      for (const view of views.values()) view.stale ||= view.always();
      schedule();
    },

    /** Something changed: every view is drawn anew, or `element` alone. */
    request(element = null) {
      for (const [its, view] of views) view.stale ||= element === null || its === element;
      schedule();
    },
  };
}
