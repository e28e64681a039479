// Clicks in the conversation: a marker opens its source, an example is asked, an answer is judged. Runs once, with
// Gradio's `element`, `trigger` and `watch`; everything shown is made in Python, nothing here builds HTML.
window.footnote ??= { opener: null };

// The turns whose form is open, and the one whose judgement is on its way. A redrawn page forgets the former.
const open = new Set();
let judging = null;
// The exchange that the page's address names, or the list of conversations: shown once, in place of the last one.
window.footnote.place = location.hash;

const form = (turn) => element.querySelector(`.fn-judge[data-turn="${turn}"]`);

function unfold(turn) {
  const shown = open.has(turn);
  form(turn)?.toggleAttribute("hidden", !shown);
  element.querySelector(`.fn-down[data-turn="${turn}"]`)?.setAttribute("aria-expanded", String(shown));
}

function judge(turn, said) {
  judging = turn;
  open.delete(turn);
  trigger("like", { turn: Number(turn), ...said });
}

element.addEventListener("click", (event) => {
  const marker = event.target.closest(".fn-marker");
  const chip = event.target.closest(".fn-chip");
  const thumb = event.target.closest(".fn-thumb");
  if (marker) {
    window.footnote.opener = marker;
    trigger("select", { turn: Number(marker.dataset.turn), number: Number(marker.dataset.number) });
  } else if (chip) {
    trigger("submit", { example: Number(chip.dataset.example) });
  } else if (thumb?.classList.contains("fn-up")) {
    judge(thumb.dataset.turn, { fault: "" });
  } else if (thumb) {
    const { turn } = thumb.dataset;
    if (!open.delete(turn)) open.add(turn);
    unfold(turn);
    if (open.has(turn)) form(turn).querySelector("input, textarea").focus();
  }
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = new FormData(event.target);
  judge(event.target.dataset.turn, {
    fault: said.get("fault"),
    question: said.get("question"),
    answer: said.get("answer"),
    quotes: said.getAll("quote").map(Number),
  });
});

element.addEventListener("keydown", (event) => {
  const turn = event.target.closest(".fn-judge")?.dataset.turn;
  if (event.key !== "Escape" || turn === undefined) return;
  event.stopPropagation();
  open.delete(turn);
  unfold(turn);
  element.querySelector(`.fn-down[data-turn="${turn}"]`).focus();
});

watch("value", () => {
  const turns = element.querySelectorAll(".fn-turn");
  if (!turns.length) open.clear();
  open.forEach(unfold);
  if (judging !== null) {
    element.querySelectorAll(".fn-feedback")[judging]?.querySelector(".fn-judged")?.focus();
    judging = null;
  } else {
    const named = [...turns].find((turn) => turn.id && `#${turn.id}` === window.footnote.place);
    if (turns.length) window.footnote.place = "";
    (named ?? turns[turns.length - 1])?.scrollIntoView({ block: named ? "start" : "nearest" });
  }
});
