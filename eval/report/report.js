// Filters the questions; what is filtered stands in the address after #, so that a view can be linked.
// Without this script the page is the same, unfiltered.
(() => {
  const list = document.getElementById("list");
  if (!list) return;
  document.documentElement.classList.add("scripted");
  const questions = [...list.querySelectorAll(".q")];
  const names = ["q", "stage", "kind", "answerable"].filter((name) => document.getElementById("f-" + name));
  const controls = Object.fromEntries(names.map((name) => [name, document.getElementById("f-" + name)]));
  const shown = document.getElementById("shown");
  const clear = document.getElementById("clear");
  const fold = document.getElementById("fold");
  const texts = new Map();

  const text = (question) => {
    if (!texts.has(question)) texts.set(question, question.textContent.toLowerCase());
    return texts.get(question);
  };

  function apply() {
    const words = controls.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const question of questions) {
      const fits =
        ["stage", "kind", "answerable"].every(
          (name) => !controls[name]?.value || question.dataset[name] === controls[name].value,
        ) && words.every((word) => text(question).includes(word));
      question.hidden = !fits;
      count += fits;
    }
    const any = names.some((name) => controls[name].value);
    shown.textContent = any ? `${count} of ${questions.length} shown` : `${questions.length} shown`;
    clear.hidden = !any;
    document.getElementById("nothing").hidden = count > 0;
    refold();
  }

  function write() {
    const state = new URLSearchParams(names.map((name) => [name, controls[name].value]).filter(([, value]) => value));
    const hash = state.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  }

  function set(state) {
    for (const name of names) {
      controls[name].value = state.get(name) ?? "";
      // A value that no option has leaves a list empty.
      if (controls[name].selectedIndex === -1) controls[name].value = "";
    }
    apply();
  }

  function read() {
    const hash = location.hash.slice(1);
    if (/^q\d+$/.test(hash)) {
      const question = document.getElementById(hash);
      if (!question) return;
      if (question.hidden) set(new URLSearchParams());
      question.open = true;
      question.scrollIntoView();
      question.querySelector("summary").focus({ preventScroll: true });
    } else if (hash.includes("=")) {
      set(new URLSearchParams(hash));
      document.getElementById("questions").scrollIntoView();
    }
  }

  const visible = () => questions.filter((question) => !question.hidden);

  function refold() {
    const some = visible();
    fold.textContent = some.length > 0 && some.every((question) => question.open) ? "Close all" : "Open all";
  }

  for (const name of names) {
    controls[name].addEventListener("input", () => {
      apply();
      write();
    });
  }
  clear.addEventListener("click", () => {
    set(new URLSearchParams());
    write();
    controls.q.focus();
  });
  fold.addEventListener("click", () => {
    const open = fold.textContent === "Open all";
    for (const question of visible()) question.open = open;
    refold();
  });
  // A link to where one already is changes nothing that `hashchange` would tell.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) read();
  });
  window.addEventListener("hashchange", read);
  read();
})();
