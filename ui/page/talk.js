// Clicks in the conversation: a marker opens its source, a question that is offered is asked, one is edited or asked
// again, an answer is judged or copied. Runs once, with Gradio's `element`, `trigger` and `watch`; everything shown is
// made in Python, nothing here builds HTML.
window.footnote ??= { opener: null };

// What is unfolded, by id, and the turn whose judgement is on its way. A redrawn page forgets the former.
const open = new Set();
let judging = null;
// The exchange that the page's address names, or the list of conversations: shown once, in place of the last one.
window.footnote.place = location.hash;
// Whether a link led to it: then its first source is opened, too, where there is room beside it.
let linked = location.hash !== "" && matchMedia("(min-width: 1100px)").matches;

const at = (id) => element.querySelector(`#${CSS.escape(id)}`);
const opener = (id) => element.querySelector(`[aria-controls="${CSS.escape(id)}"]`);
const field = (part) => part?.querySelector("textarea, input, button");

function unfold(id) {
  const shown = open.has(id);
  at(id)?.toggleAttribute("hidden", !shown);
  opener(id)?.setAttribute("aria-expanded", String(shown));
}

function fold(id) {
  open.delete(id);
  unfold(id);
  opener(id)?.focus();
}

function toggle(id) {
  if (!open.delete(id)) open.add(id);
  unfold(id);
  if (!open.has(id)) return;
  field(at(id))?.focus({ preventScroll: true });
  at(id)?.scrollIntoView({ block: "nearest" });
}

function judge(turn, said) {
  judging = turn;
  open.delete(`fn-judge-${turn}`);
  trigger("like", { turn: Number(turn), ...said });
}

function ask(what, said) {
  open.clear();
  document.querySelector("#fn-box textarea")?.focus({ preventScroll: true });
  trigger(what, said);
}

function edit(turn, words) {
  const id = `fn-edit-${turn}`;
  if (!open.has(id)) toggle(id);
  const box = field(at(id));
  box.value = words;
  box.focus();
  box.setSelectionRange(words.length, words.length);
}

// A question whose answer isn't there yet when the page is left stands in the field when it is loaded again.
window.addEventListener("pagehide", () => {
  const asked = document.querySelector("#fn-live .fn-turn:has([aria-busy]) .fn-question")?.lastChild?.textContent;
  if (asked) sessionStorage.setItem("footnote-asked", asked);
});

function takeUp() {
  const asked = sessionStorage.getItem("footnote-asked");
  const box = document.querySelector("#fn-box textarea");
  if (!asked || !box) return;
  sessionStorage.removeItem("footnote-asked");
  if (box.value) return;
  box.value = asked;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

window.addEventListener("pageshow", (event) => event.persisted && takeUp());

// Beyond this machine a page without TLS has no clipboard of its own.
async function copy(button) {
  const words = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    const box = Object.assign(document.createElement("textarea"), { value: words });
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
    button.focus();
  }
  const label = button.textContent;
  if (label === "Copied") return;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = label), 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".fn-copy");
  if (button) copy(button);
});

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { turn, number, example, fill, kind, level, writing, model, all } = button.dataset;
  const is = (name) => button.classList.contains(name);
  if (is("fn-marker")) {
    window.footnote.opener = button;
    trigger("select", { turn: Number(turn), number: Number(number) });
  } else if (is("fn-chip")) {
    ask("submit", { example: Number(example) });
  } else if (is("fn-up")) {
    judge(turn, { fault: "" });
  } else if (is("fn-down") || is("fn-unfold")) {
    toggle(button.getAttribute("aria-controls"));
  } else if (is("fn-correct")) {
    edit(turn, fill);
  } else if (is("fn-fold")) {
    fold(button.closest("[id]").id);
  } else if (is("fn-retry")) {
    ask("retry", { turn: Number(turn), level: level ?? "", writing: writing ?? "", model: model ?? "", all: all ?? "" });
  } else if (is("fn-take")) {
    trigger("download", { kind });
  }
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = new FormData(event.target);
  const { turn } = event.target.dataset;
  if (event.target.matches(".fn-edit")) {
    if (said.get("question").trim()) ask("edit", { turn: Number(turn), question: said.get("question") });
    return;
  }
  judge(turn, {
    fault: said.get("fault"),
    question: said.get("question"),
    answer: said.get("answer"),
    quotes: said.getAll("quote").map(Number),
  });
});

element.addEventListener("keydown", (event) => {
  const part = event.target.closest(".fn-judge, .fn-under-tools");
  if (!part) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    fold(part.id);
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(".fn-edit textarea")) {
    event.preventDefault();
    part.requestSubmit();
  }
});

watch("value", () => {
  const turns = element.querySelectorAll(".fn-turn");
  takeUp();
  for (const id of open) if (!at(id)) open.delete(id);
  // A field that was written in keeps its words when it is redrawn in place, be it for another question.
  for (const part of element.querySelectorAll(".fn-edit")) if (!open.has(part.id)) part.reset();
  open.forEach(unfold);
  if (judging !== null) {
    element.querySelector(`#fn-judge-${judging}`)?.parentElement.querySelector(".fn-judged")?.focus();
    judging = null;
  } else {
    const named = [...turns].find((turn) => turn.id && `#${turn.id}` === window.footnote.place);
    if (turns.length) window.footnote.place = "";
    if (named && linked) named.querySelector(".fn-marker")?.click();
    if (turns.length) linked = false;
    if (!named) element.querySelector(".fn-next")?.scrollIntoView({ block: "nearest" });
    (named ?? turns[turns.length - 1])?.scrollIntoView({ block: named ? "start" : "nearest" });
  }
});
