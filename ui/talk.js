// Clicks in the conversation: a marker opens its source, an example is asked. Runs once, with Gradio's
// `element`, `trigger` and `watch`; everything shown is made in Python, nothing here builds HTML.
window.footnote ??= { opener: null };

element.addEventListener("click", (event) => {
  const marker = event.target.closest(".fn-marker");
  const chip = event.target.closest(".fn-chip");
  if (marker) {
    window.footnote.opener = marker;
    trigger("select", { turn: Number(marker.dataset.turn), number: Number(marker.dataset.number) });
  } else if (chip) {
    trigger("submit", { example: Number(chip.dataset.example) });
  }
});

watch("value", () => {
  const turns = element.querySelectorAll(".fn-turn");
  turns[turns.length - 1]?.scrollIntoView({ block: "nearest" });
});
