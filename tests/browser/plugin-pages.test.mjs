// Pages of plugins in the console's frame: they call their own routes for whoever looks, and reach nothing else. And the
// form for a plugin's settings, which saves.

import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { isProper, logIn, startBrowser, withTenon } from "./browser.mjs";
import { libraries } from "./tenon.mjs";

const prepare = (plugins) => {
  for (const name of ["libboard.so", "libcourier.so"]) copyFileSync(join(libraries, "examples", name), join(plugins, name));
};
const settings = '[plugin.courier.office]\ntown = "Ulm"';
const { tenon, at, withMine } = withTenon({ prepare, settings, begin: (tenon) => tenon.heal() });

test("a page is a tab of its plugin, and its script calls the plugin's routes as the person who looks", () =>
  withMine("plugin page", async (page) => {
    await logIn(page, tenon);
    await page.goto(at("/plugin/board"));
    await page.getByRole("link", { name: "Board", exact: true }).click();
    await page.waitForURL("**/plugin/board/pages/board");
    const frame = page.frameLocator("iframe[title=Board]");
    await frame.locator("#me", { hasText: `200 ${tenon.name} true` }).waitFor();
    const colour = await frame.locator("body").evaluate((body) => getComputedStyle(body).color);
    assert.equal(colour, "rgb(1, 2, 3)", "its style sheet is loaded");
    await frame.getByLabel("Note").fill("by the page");
    await frame.getByRole("button", { name: "Pin" }).click();
    await frame.locator("#pinned", { hasText: "204" }).waitFor();
    // What a card shows is remembered for five seconds.
    await page.waitForTimeout(5_500);
    await page.goto(at("/"));
    await page.locator("[data-card='board/notes']", { hasText: "1 notes" }).waitFor();
    await page.locator("[data-card='board/latest'] td", { hasText: "by the page" }).waitFor();
    await page.goto(at("/plugin/board/pages/board"));
    await frame.locator("#me", { hasText: "200" }).waitFor();
    await isProper(page, ".tabs");
  }));

test("the form for a plugin's settings saves what is entered, and says that a restart applies it", () =>
  withMine("plugin settings", async (page) => {
    await logIn(page, tenon);
    await page.goto(at("/plugin/courier"));
    await page.getByRole("link", { name: "Change them in a form" }).click();
    assert.ok(await page.getByLabel("office.town").isDisabled(), "the configuration sets it");
    await page.getByLabel("batch").fill("7");
    await page.getByLabel("by", { exact: true }).selectOption("by_bicycle");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.", { exact: true }).waitFor();
    await page.getByText("Version 1 is saved").waitFor();
    await page.getByText("restart it to apply what is saved").waitFor();
    assert.equal(await page.getByLabel("batch").inputValue(), "7");
    await isProper(page);
    // Somebody who has opened the form before sees both.
    await page.evaluate(() => document.querySelector("form.card").setAttribute("action", "?version=0"));
    await page.getByLabel("batch").fill("9");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").getByText("somebody else has changed the settings").waitFor();
    assert.equal(await page.getByLabel("batch").inputValue(), "9");
    await isProper(page);
  }));

test("a viewer's page acts as the viewer", () =>
  withMine("plugin page of a viewer", async (page) => {
    tenon.addViewer();
    await logIn(page, tenon, "vera");
    await page.goto(at("/plugin/board/pages/board"));
    await page.frameLocator("iframe[title=Board]").locator("#me", { hasText: "200 vera false" }).waitFor();
  }));

test("a page's script has neither the console's session nor another plugin's routes", async () => {
  // The browser reports what the policy refuses as errors, which here is wanted.
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await logIn(page, tenon);
    await page.goto(at("/plugin/board/pages/probe"));
    const found = page.frameLocator("iframe[title=Probe]").locator("#found");
    await found.filter({ hasText: "{" }).waitFor();
    const told = JSON.parse(await found.textContent());
    const refused = (name) => assert.match(told[name], /^refused: /, `${name}: ${told[name]}`);
    assert.equal(told.own, "200");
    assert.equal(told.ops, "200");
    assert.equal(told.origin, "null");
    for (const name of ["cookie", "storage", "parent", "top"]) refused(name);
    for (const name of ["api", "apiWithToken", "heal", "other", "otherWithToken", "outside"]) refused(name);
    assert.equal(told.inline, "false");
    assert.equal(told.popup, "null");
    assert.equal(told.asset, "200");
    assert.ok(page.url().endsWith("/plugin/board/pages/probe"), "it cannot lead the console away");
    // By itself, outside of the console's frame, nobody grants it anything.
    const alone = await browser.newPage();
    await alone.goto(at("/plugins/board/@assets/index.html"));
    await alone.waitForTimeout(1500);
    assert.equal(await alone.locator("#me").textContent(), "…");
  } finally {
    await browser.close();
  }
});
