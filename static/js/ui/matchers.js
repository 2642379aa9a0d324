// Rows of matchers in a form: more of them, or fewer. Without scripts there is one empty row at the end.

const rowsOf = (box) => [...box.querySelectorAll("[data-matcher]")];

function emptied(row) {
  for (const input of row.querySelectorAll("input")) input.value = "";
  row.querySelector("select").selectedIndex = 0;
  return row;
}

function add(box) {
  const last = rowsOf(box).at(-1);
  const row = emptied(last.cloneNode(true));
  const first = row.querySelector("input");
  first.id = first.id.replace(/\d+$/, (number) => String(Number(number) + 1));
  last.after(row);
  first.focus();
}

function remove(box, row) {
  const rows = rowsOf(box);
  const next = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
  if (rows.length > 1) row.remove();
  else emptied(row);
  (next ?? row).querySelector("input").focus();
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Brings every list of matchers below `root` to life. */
export function startMatchers(root = document) {
  for (const box of root.querySelectorAll("[data-matchers]")) {
    for (const hidden of box.querySelectorAll("[data-matcher-add], [data-matcher-remove]")) hidden.hidden = false;
    box.addEventListener("click", ({ target }) => {
      if (target.closest("[data-matcher-add]")) add(box);
      const gone = target.closest("[data-matcher-remove]");
      if (gone) remove(box, gone.closest("[data-matcher]"));
    });
  }
}
