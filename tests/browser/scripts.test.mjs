// The console shares its origin with the plugins, and runs no script of theirs.

import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { logIn, startBrowser } from "./browser.mjs";
import { libraries, startTenon } from "./tenon.mjs";

let tenon, browser;
before(async () => {
  const prepare = (plugins) => copyFileSync(join(libraries, "examples", "librogue.so"), join(plugins, "librogue.so"));
  tenon = await startTenon({ prepare });
  // Plugins get their login roles by it, and their routes wait for that.
  await tenon.heal();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await tenon?.stop();
});

test("a plugin's script is served, and run by no page of the console", async () => {
  const script = await fetch(new URL("/plugins/rogue/script", tenon.url));
  assert.equal(script.status, 200);
  assert.match(script.headers.get("content-type"), /javascript/);

  const page = await browser.newPage();
  await logIn(page, tenon);
  await page.locator("#verdict").waitFor();
  const title = await page.title();
  // As if somebody had got these into the page.
  const refused = await page.evaluate(async () => {
    const refused = [];
    document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
    const add = (tag, fields) =>
      new Promise((done) => {
        const element = Object.assign(document.createElement(tag), fields);
        element.onload = element.onerror = done;
        document.head.append(element);
        setTimeout(done, 1000);
      });
    await add("script", { src: "/plugins/rogue/script" });
    await add("script", { src: "/plugins/rogue/script", type: "module" });
    await add("script", { textContent: "document.title = 'inline'" });
    await add("link", { rel: "stylesheet", href: "/plugins/rogue/script" });
    await add("base", { href: "/plugins/rogue/" });
    return refused;
  });
  assert.equal(await page.title(), title);
  for (const directive of ["script-src-elem", "style-src-elem", "base-uri"]) {
    assert.ok(refused.includes(directive), `${directive} is not in ${refused}`);
  }
  assert.ok(refused.filter((directive) => directive === "script-src-elem").length >= 3, `${refused}`);
  // Its own script runs: it has set the times in the reader's time zone.
  assert.ok((await page.locator("time[title]").count()) > 0);
  await page.close();
});

test("a plugin's own page runs its script, without the console's origin", async () => {
  const page = await browser.newPage();
  await logIn(page, tenon);
  await page.goto(new URL("/plugins/rogue/page", tenon.url).href);
  await page.waitForFunction(() => document.title !== "");
  assert.equal(await page.title(), "the plugin was here, with the origin null");
  const reached = await page.evaluate(async () => {
    try {
      return (await fetch("/api/v1/health", { credentials: "include" })).status;
    } catch (error) {
      return `${error}`;
    }
  });
  assert.match(`${reached}`, /Failed to fetch/);
  await page.close();
});
