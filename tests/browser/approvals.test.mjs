// A plan that destroys something takes two people: one looks at it and approves it, another fixes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isProper, logIn, post, startBrowser, withPage } from "./browser.mjs";
import { startTenon } from "./tenon.mjs";

let tenon, browser;
before(async () => {
  tenon = await startTenon({ settings: "[heal]\napprovals = 2" });
  tenon.addAccount("bo", "healer");
  await tenon.heal();
  // Put there by hand; to take it away destroys it.
  tenon.sql("ALTER TABLE inventory.item ADD COLUMN note text");
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await tenon?.stop();
});

const at = (path) => new URL(path, tenon.url).href;

/** From Database Health to the plan that takes the column away. */
async function lookAtPlan(page, who) {
  await logIn(page, tenon, who);
  await post(page, "Test Schema");
  const plugin = page.locator('[data-plugin="inventory"]');
  await plugin.locator("summary", { hasText: "Differences in the database" }).click();
  await plugin.getByLabel("Mend this with Fix Configuration").check();
  await page.getByRole("main").getByRole("button", { name: "Fix Configuration" }).click();
  await page.getByLabel("I consent to drop-column:inventory.item.note").check();
  await page.getByRole("button", { name: "Show the plan again" }).click();
  await page.getByText("1 repair is made").waitFor();
}

test("one person approves the plan, and only another fixes", async () => {
  const fix = (page) => page.getByRole("button", { name: "Fix Configuration now" });
  await withPage(browser, "approves", {}, async (admin) => {
    await lookAtPlan(admin, tenon.name);
    assert.equal(await fix(admin).count(), 0, "nobody fixes it alone");
    await admin.getByText("nobody has approved it").waitFor();
    await isProper(admin);
    await post(admin, "Approve this plan");
    // Whoever looks at it may fix it now, but not who approved it.
    const answer = await post(admin, "Fix Configuration now");
    assert.equal(answer.status(), 422);
    await admin.getByText(`${tenon.name} has approved it, and so cannot be who heals`).waitFor();
    await isProper(admin);

    await withPage(browser, "fixes", { javaScriptEnabled: false }, async (bo) => {
      await lookAtPlan(bo, "bo");
      await fix(bo).click();
      await bo.getByRole("heading", { name: "Fixed" }).waitFor({ timeout: 60_000 });
      await bo.goto(at("/audit"));
      await bo.getByText(/approved plan/).first().waitFor();
    });
  });
});
