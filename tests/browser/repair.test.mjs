// What somebody changed by hand: acknowledged, and mended by choice, with JavaScript and without.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { logIn, post, withTenon } from "./browser.mjs";

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

  describe(`drift ${how}`, () => {
    const begin = async (tenon) => {
      await tenon.heal();
      tenon.sql("ALTER TABLE inventory.item ALTER qty DROP DEFAULT, ADD COLUMN note text");
    };
    const { tenon, proper, withMine } = withTenon({ javaScriptEnabled, begin });

    const verdict = async (page) => (await page.locator("#verdict").textContent()).trim();
    const plugin = (page) => page.locator('[data-plugin="inventory"]');
    const unfold = (page) => plugin(page).locator("summary", { hasText: "Differences in the database" }).click();
    const finding = (page, object) => plugin(page).locator("li", { hasText: object }).first();

    test("a finding is acknowledged with a reason, and that is taken back", async () => {
      await withMine("acknowledge", async (page) => {
        await logIn(page, tenon);
        await post(page, "Test Schema");
        assert.equal(await verdict(page), "Drifted");
        await unfold(page);
        const qty = finding(page, "inventory.item.qty");
        await qty.getByText("Expected (Inventory Plugin").waitFor();
        await qty.getByText("probable cause: a change by hand").waitFor();
        // Its own page has all of it, at an address that stays.
        await qty.getByRole("link", { name: /^Finding / }).click();
        await page.getByLabel("Why it may stay so").fill("a test");
        await proper(page);
        await page.getByRole("button", { name: "Acknowledge" }).click();
        await page.getByText(`By ${tenon.name} until`).waitFor();
        await proper(page);
        await page.getByRole("link", { name: "Database Health" }).click();
        await plugin(page).getByRole("heading", { name: "1 finding acknowledged" }).waitFor();
        await plugin(page).locator("summary", { hasText: "Acknowledged" }).click();
        await plugin(page).getByText(`Acknowledged by ${tenon.name}`).waitFor();
        await plugin(page).getByRole("button", { name: "Take back" }).click();
        await page.getByRole("heading", { name: "Acknowledge" }).waitFor();
        await page.goto(tenon.url);
        await plugin(page).getByRole("heading", { name: "2 differences in the database" }).waitFor();
      });
    });

    test("what is ticked is mended, once its hazards are consented to", async () => {
      await withMine("repair", async (page) => {
        await logIn(page, tenon);
        await post(page, "Test Schema");
        await unfold(page);
        for (const object of ["inventory.item.qty", "inventory.item.note"]) {
          await finding(page, object).getByLabel("Mend this with Fix Configuration").check();
        }
        await page.getByRole("main").getByRole("button", { name: "Fix Configuration" }).click();
        await page.getByRole("heading", { name: "Refused" }).waitFor();
        assert.equal(await page.getByRole("button", { name: "Fix Configuration now" }).count(), 0);
        await proper(page);
        await page.getByLabel("I consent to drop-column:inventory.item.note").check();
        await page.getByRole("button", { name: "Show the plan again" }).click();
        await page.getByRole("heading", { name: "2 repairs are made, in this order" }).waitFor();
        await page.getByText("SET DEFAULT 0").first().waitFor();
        await proper(page);
        await post(page, "Fix Configuration now");
        await page.getByRole("heading", { name: "Fixed" }).waitFor({ timeout: 60_000 });
        await page.getByText("2 repairs were made and verified").waitFor();
        await page.getByRole("link", { name: "Go to Database Health" }).click();
        assert.equal(await verdict(page), "Healthy");
        await page.getByRole("link", { name: "Audit log" }).click();
        const entry = page.locator(".entry").first();
        await entry.getByRole("heading", { name: "2 repairs" }).waitFor();
        await entry.getByText("Details").click();
        await entry.getByText("SET DEFAULT 0").waitFor();
        await proper(page);
      });
    });
  });
}
