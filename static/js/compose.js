// Ctrl-Enter (or Cmd-Enter) anywhere in a form that says so runs it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("[data-keys-submit]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});
