// The list of runs: Compare works once two are ticked.
const form = document.getElementById("runs");
const button = form?.querySelector("button");

function count() {
  const ticked = form.querySelectorAll("input:checked").length;
  button.disabled = ticked !== 2;
  button.textContent = ticked === 2 ? "Compare" : "Tick two runs to compare them";
}

form?.addEventListener("change", count);
// A page that comes back from the history has its ticks again only now.
window.addEventListener("pageshow", () => form && count());
