// A file of a conversation that isn't kept: it comes within the page, and is saved as soon as it is there. Runs once,
// with Gradio's `element` and `watch`.
watch("value", () => element.querySelector("a[download]")?.click());
