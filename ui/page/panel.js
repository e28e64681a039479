// The sources: opening an article scrolls to the marked words and moves the focus there, Escape closes it and gives the
// focus back to whatever opened it; a quote is kept as a note, or leads to what rests on it. Runs once, with Gradio's
// `element`, `trigger` and `watch`.
window.footnote ??= { opener: null };
let closing = null;
let noting = null;
let turned = null; // what the button was of that led to the page of a PDF that is shown
let larger = false;

const reader = () => element.querySelector(".fn-reader");
const source = ({ turn, number, note }) => (note ? { note } : { turn: Number(turn), number: Number(number) });
const form = (button) => element.querySelector(`#${CSS.escape(button.getAttribute("aria-controls"))}`);

// Whatever opened an article gets the focus back, also when a page of it was looked at.
function opens(button) {
  if (!button.closest(".fn-opened") || !window.footnote.opener) window.footnote.opener = button;
}

function close() {
  closing = element.querySelector(".fn-opened .fn-number")?.textContent ?? "";
  trigger("clear", {});
}

function fold(shown, opened) {
  shown.hidden = !opened;
  const button = element.querySelector(`[aria-controls="${CSS.escape(shown.id)}"]`);
  button?.setAttribute("aria-expanded", String(opened));
  if (opened) shown.querySelector("textarea").focus();
  else button?.focus();
}

// Shows in the conversation what rests on a source.
function where({ turn, number }) {
  const turns = document.querySelectorAll("#fn-talk .fn-turn");
  for (const lit of document.querySelectorAll("#fn-talk .fn-lit")) lit.classList.remove("fn-lit");
  const markers = [...(turns[turn]?.querySelectorAll(`.fn-marker[data-number="${number}"]`) ?? [])];
  for (const marker of markers) {
    let said = marker.previousElementSibling;
    while (said?.matches(".fn-marker")) said = said.previousElementSibling;
    (said ?? marker.closest("li"))?.classList.add("fn-lit");
  }
  markers[0]?.scrollIntoView({ block: "center" });
  markers[0]?.focus({ preventScroll: true });
}

// Shows the page of a PDF as wide as the panel or larger, at the first of the marks.
function size() {
  const leaf = element.querySelector(".fn-leaf");
  const spots = [...leaf.querySelectorAll(".fn-spot")];
  leaf.classList.toggle("fn-wide", larger);
  element.querySelector(".fn-larger").setAttribute("aria-pressed", String(larger));
  leaf.scrollTop = spots.length ? spots[0].offsetTop - leaf.clientHeight / 3 : 0;
  leaf.scrollLeft = spots.length ? Math.min(...spots.map((spot) => spot.offsetLeft)) - 16 : 0;
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const mark = event.target.closest("mark");
  if (mark) {
    const from = mark.closest(".fn-card").querySelector(".fn-where");
    if (from && !String(getSelection())) where(from.dataset);
  } else if (button?.matches(".fn-open")) {
    opens(button);
    trigger("select", source(button.dataset));
  } else if (button?.matches(".fn-page")) {
    opens(button);
    turned = ["fn-before", "fn-after"].find((name) => button.classList.contains(name)) ?? "fn-leaf";
    button.closest(".fn-row").setAttribute("aria-busy", "true");
    trigger("select", { ...source(button.dataset), page: Number(button.dataset.page) });
  } else if (button?.matches(".fn-larger")) {
    larger = !larger;
    size();
  } else if (button?.matches(".fn-close")) {
    close();
  } else if (button?.matches(".fn-where")) {
    where(button.dataset);
  } else if (button?.matches(".fn-noting")) {
    fold(form(button), form(button).hidden);
  } else if (button?.matches(".fn-fold")) {
    fold(button.closest("form"), false);
  }
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  const { turn, number } = event.target.dataset;
  noting = event.target.id;
  const remark = new FormData(event.target).get("remark");
  trigger("submit", { turn: Number(turn), number: Number(number), remark });
});

element.addEventListener("keydown", (event) => {
  const shown = event.target.closest(".fn-note-form");
  if (!shown) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    fold(shown, false);
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    shown.requestSubmit();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && element.querySelector(".fn-opened") && !document.querySelector(".fn-settings[open]")) close();
});

watch("value", () => {
  const article = reader();
  const leaf = element.querySelector(".fn-leaf");
  for (const row of element.querySelectorAll("[aria-busy]")) row.removeAttribute("aria-busy");
  const { opener } = window.footnote;
  const { activeElement: now } = document;
  // Whoever writes a question by now keeps writing it.
  const writing = now?.matches("textarea, input") && !element.contains(now);
  for (const shown of element.querySelectorAll(".fn-note-form")) shown.reset();
  if (noting !== null) {
    element.querySelector(`[aria-controls="${CSS.escape(noting)}"]`)?.focus();
    noting = null;
  } else if (leaf) {
    size();
    leaf.closest(".fn-card").scrollIntoView({ block: "nearest" });
    const again = element.querySelector(`.${turned}`);
    (again && !again.disabled ? again : leaf).focus({ preventScroll: true });
  } else if (!article && element.querySelector(".fn-opened")) {
    element.querySelector(".fn-close").focus(); // there is no page to show
  } else if (article && opener) {
    const mark = article.querySelector("mark");
    article.scrollTop = mark.offsetTop - article.clientHeight / 3;
    article.closest(".fn-card").scrollIntoView({ block: "nearest" });
    if (!writing) mark.focus({ preventScroll: true });
  } else if (closing !== null && opener) {
    // Cards are redrawn in place, so a button of this panel is found again by its number.
    const again = [...element.querySelectorAll(".fn-open")].find((b) => `[${b.dataset.number}]` === closing);
    if (!writing) (element.contains(opener) || !opener.isConnected ? again : opener)?.focus();
    window.footnote.opener = null;
    closing = null;
  }
});
