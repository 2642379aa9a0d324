// The form of a threshold: hides what its metric has no use for, and says what it finds while it is filled in.

import { shapeForm } from "../ui/threshold-form.js";
import { offerTrial } from "../ui/threshold-trial.js";
import { lookWhileTyping } from "../ui/threshold-look.js";

const form = document.getElementById("threshold_form");
const shapes = JSON.parse(document.getElementById("metric-shapes").textContent);

if (form?.elements.metric) {
  shapeForm(form, shapes);
  lookWhileTyping(form, document.getElementById("found"));
  offerTrial(form, document.getElementById("tried"));
}
