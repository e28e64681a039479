// The library that is chosen is opened at once. Runs once, on the chat and on the pages beside it.
document.addEventListener("change", (event) => event.target.closest(".fn-chooser")?.submit());
// A page that comes back from the history says again which library it is about.
window.addEventListener("pageshow", () => document.querySelector(".fn-chooser")?.reset());
