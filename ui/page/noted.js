// The list of notes: a click shows one in its article, edits or deletes it. Runs once, with Gradio's `element`, `trigger`
// and `watch`; everything shown is made in Python, nothing here builds HTML.
window.footnote ??= { opener: null };
// Whether the list was unfolded: it is redrawn folded.
let shown = false;
// What gets the focus once the list is redrawn: a note by its id, or "" for the list itself.
let then = null;

const list = () => element.querySelector(".fn-notes");

function doubt(details, sure) {
  details.querySelector(".fn-delete").hidden = sure;
  for (const button of details.querySelectorAll(".fn-sure, .fn-keep")) button.hidden = !sure;
  details.querySelector(sure ? ".fn-keep" : ".fn-delete").focus();
}

element.addEventListener("toggle", (event) => {
  if (event.target === list()) shown = list().open;
}, true);

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches(".fn-note-open")) {
    window.footnote.shut?.();
    window.footnote.opener = button;
    trigger("select", { note: button.dataset.note });
  } else if (button?.matches(".fn-delete, .fn-keep")) {
    doubt(button.closest("details"), button.matches(".fn-delete"));
  } else if (button?.matches(".fn-sure")) {
    then = "";
    trigger("clear", { note: button.dataset.note });
  }
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  then = event.target.dataset.note;
  trigger("submit", { note: then, remark: new FormData(event.target).get("remark") });
});

element.addEventListener("keydown", (event) => {
  const details = event.target.closest(".fn-more[open]");
  if (event.key !== "Escape" || !details) return;
  event.stopPropagation();
  details.open = false;
  details.querySelector("summary").focus();
});

watch("value", () => {
  if (!list()) return;
  list().open = shown;
  for (const details of element.querySelectorAll(".fn-more")) {
    details.open = false;
    details.querySelector("form").reset();
    details.querySelector(".fn-delete").hidden = false;
    for (const button of details.querySelectorAll(".fn-sure, .fn-keep")) button.hidden = true;
  }
  if (then !== null) {
    const note = then && element.querySelector(`.fn-note-open[data-note="${then}"]`);
    (note || list().querySelector("summary")).focus();
    then = null;
  }
});
