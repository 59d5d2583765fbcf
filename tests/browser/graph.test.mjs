// The picture of the graph: readable, and each box leads to its plugin.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isProper, logIn, startBrowser, withPage } from "./browser.mjs";
import { startTenon } from "./tenon.mjs";

let tenon, browser;
before(async () => {
  tenon = await startTenon();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await tenon?.stop();
});

test("the graph is drawn, and leads by mouse and keyboard to each plugin", async () => {
  await withPage(browser, "graph", {}, async (page) => {
    await logIn(page, tenon);
    await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Graph" }).click();
    const picture = page.getByRole("region", { name: "Picture of the graph" });
    assert.equal(await picture.getByRole("link").count(), 5, "the host and four plugins");
    await isProper(page);
    await page.getByLabel("Migrations").check();
    await page.getByRole("button", { name: "Draw" }).click();
    await isProper(page);
    const migration = picture.getByRole("link", { name: /^inventory\/0001/ });
    await migration.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/plugin/inventory#migrations");
    await page.getByRole("heading", { name: "Migrations" }).waitFor();
  });
});
