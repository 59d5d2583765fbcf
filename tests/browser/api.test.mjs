// The page of the API: every operation, and the types that it takes and answers with.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { isProper, logIn, startBrowser, withPage } from "./browser.mjs";
import { startTenon } from "./tenon.mjs";

describe("the page of the API", () => {
  let tenon, browser;
  before(async () => {
    tenon = await startTenon();
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await tenon?.stop();
  });

  test("it shows each operation with its answers, and leads to their types", async () => {
    await withPage(browser, "api", { javaScriptEnabled: true }, async (page) => {
      await logIn(page, tenon);
      await page.getByRole("link", { name: "API", exact: true }).click();
      const heal = page.locator("details", { has: page.getByText("/api/v1/heal", { exact: true }) }).filter({ hasText: "POST" });
      await heal.locator("summary").click();
      const answers = heal.getByRole("region", { name: "Answers to POST /api/v1/heal" });
      assert.match(await answers.textContent(), /202.*respond-async/s);
      await answers.getByRole("link", { name: "HealOutcome" }).click();
      assert.match(page.url(), /#HealOutcome$/);
      assert.ok(await page.getByRole("heading", { name: "HealOutcome", exact: true }).isVisible());
      await isProper(page, "main section:nth-of-type(2)");
    });
  });
});
