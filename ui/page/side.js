// The place of the list of conversations: beside the page where there is room, else a drawer over it. And the field to
// search in it. Runs once, with Gradio's `element` and `trigger`.
window.footnote ??= { opener: null };
const KEY = "footnote-side";
const narrow = matchMedia("(max-width: 1100px)");
let waiting = 0;

const main = () => document.querySelector("#fn-main");
const toggle = () => document.querySelector(".fn-toggle");
const covered = () => ["#fn-top", "#fn-left", "#fn-right"].map((part) => document.querySelector(part));

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function place(opened) {
  main().dataset.side = opened ? "open" : "closed";
  toggle()?.setAttribute("aria-expanded", String(opened));
  for (const part of covered()) part?.toggleAttribute("inert", opened && narrow.matches);
}

function shut() {
  if (!narrow.matches || main().dataset.side !== "open") return;
  place(false);
  toggle()?.focus();
}

function settle() {
  place(!narrow.matches && remembered() !== "closed");
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".fn-toggle")) {
    const opened = main().dataset.side !== "open";
    place(opened);
    if (opened) element.querySelector(".fn-find").focus();
    if (narrow.matches) return;
    try {
      localStorage.setItem(KEY, main().dataset.side);
    } catch {
      // It is forgotten, then.
    }
  } else if (event.target.closest(".fn-shut, #fn-hidden") || !event.target.closest("#fn-side")) {
    shut();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") shut();
});

element.addEventListener("submit", (event) => event.preventDefault());
element.addEventListener("input", (event) => {
  clearTimeout(waiting);
  const words = event.target.value;
  waiting = setTimeout(() => trigger("input", { words }), 200);
});

narrow.addEventListener("change", settle);
window.footnote.shut = shut;
window.footnote.clear = () => {
  const field = element.querySelector(".fn-find");
  if (document.activeElement !== field) field.value = "";
};
settle();
