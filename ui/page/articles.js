// The library's pages: the button says how many are ticked, and an addition under way is asked after.
const form = document.getElementById("articles");
const button = form?.querySelector(".bar button");

function count() {
  const ticked = form.querySelectorAll("input:checked").length;
  button.disabled = ticked === 0;
  button.textContent = ticked === 0 ? "Tick articles to remove them" : `Remove ${ticked} article${ticked === 1 ? "" : "s"}`;
}

form?.addEventListener("change", count);
// A page that comes back from the history has its ticks again only now.
window.addEventListener("pageshow", () => form && count());

const more = document.querySelector("details.more");
if (more && matchMedia("(min-width: 761px)").matches) more.open = true;

// An addition: only what differs is put anew, so that a reading program says each part once.
const parts = ["now", "outcome"];

async function look() {
  if (!document.querySelector("[data-running]")) return;
  try {
    const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (reply.redirected) location.reload(); // to sign in, and back to here
    const after = new DOMParser().parseFromString(await reply.text(), "text/html");
    for (const id of parts) {
      const [old, made] = [document.getElementById(id), after.getElementById(id)];
      if (made && old.innerHTML !== made.innerHTML) old.replaceChildren(...made.childNodes);
    }
  } catch {
    // The server is away; it is asked again.
  }
  setTimeout(look, 500);
}

look();
