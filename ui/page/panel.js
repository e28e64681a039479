// The sources: opening an article scrolls to the marked words and moves the focus there, Escape closes it and
// gives the focus back to whatever opened it. Runs once, with Gradio's `element`, `trigger` and `watch`.
window.footnote ??= { opener: null };
let closing = null;

const reader = () => element.querySelector(".fn-reader");

function close() {
  closing = element.querySelector(".fn-opened .fn-number")?.textContent ?? "";
  trigger("clear", {});
}

element.addEventListener("click", (event) => {
  const open = event.target.closest(".fn-open");
  if (open) {
    window.footnote.opener = open;
    trigger("select", { turn: Number(open.dataset.turn), number: Number(open.dataset.number) });
  } else if (event.target.closest(".fn-close")) {
    close();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && reader()) close();
});

watch("value", () => {
  const article = reader();
  const { opener } = window.footnote;
  if (article && opener) {
    const mark = article.querySelector("mark");
    article.scrollTop = mark.offsetTop - article.clientHeight / 3;
    article.closest(".fn-card").scrollIntoView({ block: "nearest" });
    mark.focus({ preventScroll: true });
  } else if (closing !== null && opener) {
    // Cards are redrawn in place, so a button of this panel is found again by its number.
    const again = [...element.querySelectorAll(".fn-open")].find((b) => `[${b.dataset.number}]` === closing);
    (element.contains(opener) || !opener.isConnected ? again : opener)?.focus();
    window.footnote.opener = null;
    closing = null;
  }
});
