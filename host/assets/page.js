// For the pages of plugins: the calls of their plugin's routes, for whoever is logged in to the console.
"use strict";

const tenon = (() => {
  // "…/plugins/board/@assets/tenon.js"
  const script = new URL(document.currentScript.src);
  const plugin = script.pathname.split("/")[2];
  const routes = `${script.origin}/plugins/${plugin}`;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let port = null;
  let granted = null;
  let waiting = [];

  // The console may not listen yet: it is asked until it answers, each time on a port of its own.
  const ask = () => {
    if (port) return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      port = port1;
      if (data.refused) {
        for (const { fail } of waiting.splice(0)) fail(new Error("the console grants nothing: log in again"));
        return;
      }
      if (data.language) document.documentElement.lang ||= data.language;
      granted = { ...data, until: performance.now() + 1000 * data.seconds };
      for (const { go } of waiting.splice(0)) go(granted);
    };
    parent.postMessage({ tenon: "page" }, script.origin, [port2]);
    setTimeout(ask, 500);
  };
  if (parent !== window) ask();

  /** What the console has granted, and grants anew before it ends. */
  const grant = () =>
    new Promise((go, fail) => {
      if (granted && performance.now() < granted.until - 5000) return go(granted);
      waiting.push({ go, fail });
      port?.postMessage({ renew: true });
    });

  // The console makes the frame as high as the page is.
  const tell = () => port?.postMessage({ height: document.documentElement.scrollHeight });
  addEventListener("load", () => {
    new ResizeObserver(tell).observe(document.body);
    grant().then(tell, () => {});
  });

  return {
    /** The plugin's id. */
    plugin,
    /** As `fetch`, with a path below the plugin's own: `tenon.fetch("/items")`. */
    async fetch(path, init = {}) {
      const { token } = await grant();
      const headers = new Headers(init.headers);
      headers.set("Authorization", `Bearer ${token}`);
      return fetch(`${routes}/${String(path).replace(/^\/+/, "")}`, { ...init, headers, credentials: "omit" });
    },
    /** Whoever is logged in: `{ name, role }`. */
    person: () => grant().then(({ person }) => person),
    /** The language of the console, such as `en`. */
    language: () => grant().then(({ language }) => language),
    /** `light` or `dark`, and what is called when that changes. */
    get theme() {
      return dark.matches ? "dark" : "light";
    },
    onTheme: (listener) => dark.addEventListener("change", () => listener(tenon.theme)),
  };
})();
