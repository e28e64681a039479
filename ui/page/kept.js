// The list of conversations: a click opens one, renames, deletes; the address of the page follows what is open. Runs
// once, with Gradio's `element`, `trigger` and `watch`; everything shown is made in Python, nothing here builds HTML.
window.footnote ??= { opener: null };
// What gets the focus once the list is redrawn, as a conversation's id or "" for the field to search in.
let then = null;
// Whether a click opened what is shown next: Back then leads to what was shown before, be it the beginning.
let clicked = false;

const list = () => element.querySelector(".fn-kept");
const query = () => new URLSearchParams(location.search);
const asked = () => query().get("conversation") ?? "";

function open(id, place) {
  window.footnote.place = place;
  window.footnote.shut?.();
  trigger("select", { conversation: id });
}

function doubt(details, sure) {
  details.querySelector(".fn-delete").hidden = sure;
  for (const button of details.querySelectorAll(".fn-sure, .fn-keep")) button.hidden = !sure;
  details.querySelector(sure ? ".fn-keep" : ".fn-delete").focus();
}

element.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-id]");
  const button = event.target.closest("button");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link && plain) {
    event.preventDefault();
    clicked = true;
    open(link.dataset.id, link.hash);
  } else if (button?.matches(".fn-delete, .fn-keep")) {
    doubt(button.closest("details"), button.matches(".fn-delete"));
  } else if (button?.matches(".fn-sure")) {
    then = "";
    trigger("clear", { conversation: button.dataset.id });
  }
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  then = event.target.dataset.id;
  trigger("submit", { conversation: then, title: new FormData(event.target).get("title") });
});

element.addEventListener("keydown", (event) => {
  const details = event.target.closest("details[open]");
  if (event.key !== "Escape" || !details) return;
  event.stopPropagation();
  details.open = false;
  details.querySelector("summary").focus();
});

window.addEventListener("popstate", () => {
  if (asked() !== list()?.dataset.open) open(asked(), location.hash);
});

watch("value", () => {
  const shown = list()?.dataset;
  if (!shown) return;
  if (shown.open !== asked()) {
    const address = new URLSearchParams(shown.open ? { conversation: shown.open } : {});
    if (query().has("library")) address.set("library", query().get("library"));
    history[asked() || clicked ? "pushState" : "replaceState"](null, "", String(address) ? `?${address}` : location.pathname);
  }
  clicked = false;
  if (!shown.words) window.footnote.clear?.();
  for (const details of element.querySelectorAll("details")) {
    details.open = false;
    details.querySelector(".fn-delete").hidden = false;
    for (const button of details.querySelectorAll(".fn-sure, .fn-keep")) button.hidden = true;
  }
  if (then !== null) {
    (then && element.querySelector(`a[data-id="${then}"]`) || document.querySelector(".fn-find"))?.focus();
    then = null;
  }
});
