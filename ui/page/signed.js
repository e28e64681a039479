// Says that the reader isn't signed in any more, as soon as the server refuses something for it, and takes that back once
// they are. Runs once, with Gradio's `element`; nothing of the page is lost by it.
const fetched = window.fetch;

function signed(yes) {
  element.querySelector(".fn-out")?.toggleAttribute("hidden", yes);
}

window.fetch = async (...asked) => {
  const reply = await fetched(...asked);
  if (reply.status === 401) signed(false);
  else if (reply.ok) signed(true);
  return reply;
};

// Whoever comes back from signing in sees at once that they are.
document.addEventListener("visibilitychange", () => {
  const out = element.querySelector(".fn-out")?.hidden === false;
  if (out && !document.hidden) window.fetch("/account", { cache: "no-store" }).catch(() => {});
});
