// The review of drafts: keys for its buttons, and how long a person looked. Without this script all buttons work.
const form = document.getElementById("review");
const fields = [...(form?.querySelectorAll("textarea") ?? [])];
const press = (name) => {
  const button = document.querySelector(`[data-key="${name}"]`);
  if (button && !button.hidden) button.click();
};

function changed() {
  const edited = fields.some((field) => field.value !== field.defaultValue);
  const accept = document.querySelector('[data-key="a"]');
  if (accept) accept.hidden = edited || accept.dataset.known !== "true";
  document.querySelector('[data-key="s"]').hidden = !edited && !accept?.hidden;
}

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.altKey) return;
  if (event.target.matches?.("textarea")) {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      press(document.querySelector('[data-key="s"]').hidden ? "a" : "s");
    }
    return;
  }
  if (event.ctrlKey || event.repeat) return;
  if (event.key === "e") {
    event.preventDefault();
    const field = fields[fields.length - 1];
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  } else if (["a", "r", "b"].includes(event.key)) {
    press(event.key);
  }
});

if (form) {
  fields.forEach((field) => field.addEventListener("input", changed));
  window.addEventListener("pageshow", changed);
  let seconds = 0;
  setInterval(() => {
    if (!document.hidden && document.hasFocus()) form.elements.seconds.value = (seconds += 0.2).toFixed(1);
  }, 200);
}
