// The form of a receiver: fields that mean nothing to the chosen kind step aside. Without scripts all are there, and the
// server ignores what does not apply.

function showKind(form, kind) {
  for (const field of form.querySelectorAll("[data-kinds]")) {
    field.closest(".form-row").hidden = !field.dataset.kinds.split(" ").includes(kind);
  }
  for (const words of form.querySelectorAll("[data-kind]")) words.hidden = words.dataset.kind !== kind;
  for (const fieldset of form.querySelectorAll("fieldset.module")) {
    fieldset.hidden = ![...fieldset.querySelectorAll(".form-row")].some((row) => !row.hidden);
  }
}

/** Lets the fields follow the kind; does nothing in other forms. */
export function startReceiverForm(root = document) {
  const form = root.getElementById("receiver_form");
  const kind = form?.querySelector("#id_kind");
  if (!kind) return;
  kind.addEventListener("change", () => showKind(form, kind.value));
  showKind(form, kind.value);
}
