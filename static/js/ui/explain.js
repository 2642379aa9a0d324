// Why a number is as it is: shown beside whatever bears data-why, on hover, focus and tap. One box a page.

const PATIENCE_MS = 120; // a pointer that only passes by opens nothing
const GAP = 6;

let box = null;
let shown = null;
let timer = null;

function createBox() {
  box = document.createElement("div");
  box.className = "why";
  box.id = "why";
  box.role = "tooltip";
  box.hidden = true;
  document.body.append(box);
}

function show(target) {
  clearTimeout(timer);
  if (!target.isConnected || !target.dataset.why) return hide();
  if (!box) createBox();
  shown = target;
  box.textContent = target.dataset.why;
  box.hidden = false;
  target.setAttribute("aria-describedby", box.id);
  place(target.getBoundingClientRect());
}

function place(spot) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const below = spot.bottom + GAP + height < innerHeight;
  box.style.left = `${Math.max(GAP, Math.min(spot.left, innerWidth - width - GAP))}px`;
  box.style.top = `${below ? spot.bottom + GAP : Math.max(GAP, spot.top - GAP - height)}px`;
}

function hide() {
  clearTimeout(timer);
  shown?.removeAttribute("aria-describedby");
  shown = null;
  if (box) box.hidden = true;
}

const bearer = (event) => event.target.closest?.("[data-why]");

/** Sets or takes away what an element has to explain; an open box follows. */
export function setWhy(element, why) {
  const said = element.dataset.why ?? "";
  if (said === why) return;
  if (why) element.dataset.why = why;
  else delete element.dataset.why;
  if (element === shown) show(element);
}

/** Begins to listen; once a page. */
export function startExplaining() {
  document.addEventListener("pointerover", (event) => {
    const target = event.pointerType === "mouse" ? bearer(event) : null;
    clearTimeout(timer);
    if (target && target !== shown) timer = setTimeout(show, PATIENCE_MS, target);
    else if (!target && event.pointerType === "mouse" && shown !== document.activeElement) hide();
  });
  document.addEventListener("focusin", (event) => (bearer(event) === event.target ? show(event.target) : hide()));
  document.addEventListener("focusout", hide);
  document.addEventListener("click", (event) => {
    const target = bearer(event);
    if (target && !target.closest("a")) show(target);
    else hide();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", hide, { passive: true });
}
