// The place where files are dropped is named in words; Gradio leaves the name of a translation there. Runs once.
const FIELD = "#fn-file button[aria-label='common.upload']";

function name() {
  document.querySelector(FIELD)?.setAttribute("aria-label", "Choose files, or drop them here");
}

new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
name();
