// The library that is chosen is opened: at once by a pointer, by its button where keys went through the list. Runs once,
// on the chat and on the pages beside it.
let keyed = false;

document.addEventListener("keydown", (event) => (keyed = event.target.matches(".fn-chooser select")), true);
document.addEventListener("pointerdown", () => (keyed = false), true);
document.addEventListener("change", (event) => {
  const form = event.target.closest(".fn-chooser");
  if (keyed) form?.classList.add("fn-keyed");
  else form?.submit();
});
// A page that comes back from the history says again which library it is about.
window.addEventListener("pageshow", () => {
  const form = document.querySelector(".fn-chooser");
  form?.reset();
  form?.classList.remove("fn-keyed");
});
