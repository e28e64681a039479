// The settings: each change is sent at once; Escape or a click elsewhere closes them. Runs once, with Gradio's `element`
// `trigger` and `watch`.
const details = () => element.querySelector(".fn-settings");

// What is drawn anew when the page is loaded stays open where somebody was faster.
let opened = false;
element.addEventListener("toggle", () => (opened = details().open), true);
watch("value", () => opened && (details().open = true));

element.addEventListener("submit", (event) => event.preventDefault());
element.addEventListener("change", (event) => {
  const form = event.target.closest("form");
  if (form) trigger("apply", Object.fromEntries(new FormData(form)));
});

function close() {
  details().open = false;
  details().querySelector("summary").focus();
}

element.addEventListener("click", (event) => {
  if (event.target.closest(".fn-done")) close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && details()?.open) close();
});

document.addEventListener("click", (event) => {
  if (details()?.open && !details().contains(event.target)) details().open = false;
});
