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

// Server-sent events for as long as the page is looked at: a browser has few connections for all its tabs.
const listen = (url, handlers) => {
  let source = null;
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(url);
    for (const [name, handler] of Object.entries(handlers)) source.addEventListener(name, handler);
  };
  const close = () => {
    source?.close();
    source = null;
  };
  addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
};

// The heal that runs, whoever's it is.
const each = (name, act) => document.querySelectorAll(`[data-heal${name}]`).forEach(act);
const seconds = (since) => Math.max(0, Math.round((Date.now() - new Date(since)) / 1000));
// The page brings the messages, in the reader's language.
const words = document.querySelector("[data-words]")?.dataset ?? {};
const told = (message, given) => (words[message] ?? "").replace(/\{(\w+)\}/g, (_, name) => given[name]);
const length = (count) =>
  count < 60
    ? told("seconds", { seconds: count })
    : told("minutes", { minutes: Math.floor(count / 60), seconds: count % 60 });
const say = (name, text) =>
  each(name, (element) => {
    if (element.textContent !== text) element.textContent = text;
    element.hidden = !text;
  });
let running = null;
const show = () => {
  if (!running) return;
  const { progress, waits = progress.waits } = running;
  const { admin, host } = running;
  let what = words[`purpose_${running.purpose}`] ?? words.purpose_heal;
  if (admin) what = told("by", { what, admin });
  if (host) what = told("on", { what, host });
  say("-who", what);
  say("-since", running.since ? length(seconds(running.since)) : "");
  what = running.message;
  if (progress.statements) {
    what = told("statement", { what, done: progress.statements_done, all: progress.statements });
  } else if (progress.steps) {
    what = told("steps", { what, done: progress.steps_done, all: progress.steps });
  }
  if (progress.attempt > 1) what = told("attempt", { what, number: progress.attempt });
  say("-doing", what);
  const wait = waits && `${waits.mode} on ${waits.object}: ${waits.blocked_by}`;
  say("-wait", wait ? told("waits", { seconds: seconds(waits.since), wait }) : "");
};
if (document.querySelector("[data-heal], [data-run]")) {
  listen("/api/v1/heal/events", {
    heal: (event) => {
      const now = JSON.parse(event.data);
      running = now.running ? now : null;
      each("", (banner) => (banner.hidden = !running));
      each("-stop", (form) => {
        form.hidden = !now.heal;
        form.action = `/heal/${now.heal}/cancel`;
      });
      show();
    },
  });
  setInterval(show, 1000);
}

// One heal that was begun here, until it has ended.
const run = document.querySelector("[data-run]");
if (run) {
  listen(`/api/v1/heals/${run.dataset.run}/events`, {
    event: (event) => (run.textContent = told("event", { what: JSON.parse(event.data).message })),
    outcome: () => location.reload(),
    // Forgotten, or logged out: the page tells which.
    error: (event) => event.target.readyState === EventSource.CLOSED && location.reload(),
  });
}

// What is to be taken elsewhere is copied with one press.
if (navigator.clipboard) {
  for (const block of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "quiet copy", textContent: block.dataset.copy });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.textContent);
      button.textContent = block.dataset.copied;
    });
    block.after(button);
  }
  for (const link of document.querySelectorAll("[data-copy-from]")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      try {
        const answer = await fetch(link.href, { redirect: "error" });
        await navigator.clipboard.writeText(await answer.text());
        link.textContent = link.dataset.copied;
      } catch {
        // As without JavaScript: it is downloaded.
        location.assign(link.href);
      }
    });
  }
}

// A page of a plugin has no origin, and so no session: it gets a token for the routes of its plugin. It brings a port,
// by which nobody else is answered.
const frame = document.querySelector("iframe[data-page-token]");
if (frame) {
  const trouble = document.querySelector("[data-page-trouble]");
  const person = { name: frame.dataset.name, role: frame.dataset.role };
  const language = document.documentElement.lang;
  let port = null;
  let renewal = null;
  const grant = async (to) => {
    clearTimeout(renewal);
    try {
      const answer = await fetch(frame.dataset.pageToken, { method: "post", redirect: "error" });
      const { token, seconds } = await answer.json();
      trouble.hidden = true;
      to.postMessage({ token, seconds, person, language });
      renewal = setTimeout(() => grant(to), 800 * seconds);
    } catch {
      trouble.hidden = false;
      to.postMessage({ refused: true });
    }
  };
  addEventListener("message", ({ source, origin, data, ports }) => {
    if (source !== frame.contentWindow || origin !== "null" || data?.tenon !== "page" || !ports[0]) return;
    port?.close();
    port = ports[0];
    port.onmessage = ({ data }) => {
      if (data.renew) grant(port);
      if (data.height > 0) frame.style.height = `${Math.min(Math.ceil(data.height), 20_000)}px`;
    };
    grant(port);
  });
}
