// Writing to cells only where something changed, and only as text.

/** Sets an element's text and its title; a title of "" is removed. */
export function setText(element, text, title = "") {
  if (element.textContent !== text) element.textContent = text;
  if (element.title !== title) element.title = title;
}

/** Sets or removes a data attribute. */
export function setFlag(element, name, value) {
  if (value === null || value === false || value === "") {
    if (name in element.dataset) delete element.dataset[name];
  } else if (element.dataset[name] !== String(value)) {
    element.dataset[name] = String(value);
  }
}
