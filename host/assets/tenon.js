// What is nicer with JavaScript. Everything works without it.
"use strict";

// Times in the reader's own time zone; the title keeps UTC.
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.title = time.textContent;
  time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

// A button that was pressed says so, and is not pressed twice.
for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (form.dataset.sent) return event.preventDefault();
    if (!button || !button.dataset.busy) return;
    form.dataset.sent = "yes";
    button.dataset.idle = button.textContent;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-disabled", "true");
  });
}

// Coming back with the browser's button shows the page as it was left: let it be pressed again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[data-idle]")) {
    button.textContent = button.dataset.idle;
    button.removeAttribute("aria-disabled");
  }
});

// The progress of a heal, until it has ended.
const progress = document.querySelector("[data-progress]");
if (progress) {
  const ask = async () => {
    try {
      const answer = await fetch(`${location.pathname}/progress`, { redirect: "error" });
      if (!answer.ok) return location.reload();
      const now = await answer.json();
      if (now.ended) return location.reload();
      if (progress.textContent !== `${now.told} …`) progress.textContent = `${now.told} …`;
    } catch {
      // The host does not answer at the moment: ask again.
    }
    setTimeout(ask, 500);
  };
  ask();
}
