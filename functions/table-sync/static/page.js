// Comfort only: everything on these pages works without it.
"use strict";

// Classes of which some rows are ticked.
for (const box of document.querySelectorAll("input[data-partly]")) box.indeterminate = true;

// Ticks that are not saved yet are told of, also on leaving.
for (const form of document.querySelectorAll("form[data-ticks]")) {
  const boxes = [...form.querySelectorAll("input[type=checkbox]:not(:disabled)")];
  const status = form.querySelector(".unsaved");
  let isSending = false;
  const isChanged = () => boxes.some((box) => box.checked !== box.defaultChecked);
  const tell = () => {
    if (status) status.textContent = isChanged() ? form.dataset.ticks : "";
  };
  form.addEventListener("change", tell);
  form.addEventListener("submit", () => { isSending = true; });
  addEventListener("beforeunload", (event) => {
    if (isChanged() && !isSending) event.preventDefault();
  });
  // A box in the head of the column for all rows of the page.
  if (form.dataset.all && boxes.length > 1) {
    const head = form.querySelector("thead th");
    const label = document.createElement("label");
    const all = document.createElement("input");
    all.type = "checkbox";
    all.setAttribute("aria-label", form.dataset.all);
    all.title = form.dataset.all;
    const follow = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    };
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
    });
    form.addEventListener("change", follow);
    follow();
    label.className = "tick";
    label.append(all);
    head.append(label);
  }
}

// The button waits for the names of the tables.
for (const form of document.querySelectorAll("form.approve")) {
  const names = [...form.querySelectorAll("input[data-name]")];
  const button = form.querySelector("button[type=submit]");
  const wait = () => {
    button.disabled = names.some((name) => name.value.trim() !== name.dataset.name);
  };
  form.addEventListener("input", wait);
  wait();
  // Twice pressed is once approved.
  form.addEventListener("submit", () => setTimeout(() => { button.disabled = true; }));
}
