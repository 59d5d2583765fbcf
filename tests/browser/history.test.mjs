// The audit log is looked through, and goes to other programs; the verdict of the last days is drawn and told.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { logIn, withTenon } from "./browser.mjs";

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

  describe(`the history ${how}`, () => {
    const begin = async (tenon) => {
      await tenon.heal();
      await tenon.ask("/api/v1/check", {});
      await tenon.ask("/api/v1/accounts", { name: "vera", role: "viewer" });
      await tenon.ask("/api/v1/plugins/inventory/quarantine", { reason: "a test" });
      await tenon.ask("/api/v1/plugins/inventory/release", {});
      await tenon.ask("/api/v1/check", {});
    };
    const { tenon, at, proper, withMine } = withTenon({ javaScriptEnabled, begin });

    test("entries are found by who, what and how it ended, and come in pages", async () => {
      await withMine("audit search", async (page) => {
        await logIn(page, tenon);
        await page.goto(at("/audit"));
        const entries = page.locator("article.entry");
        const form = page.getByRole("search");
        assert.equal(await entries.count(), 4);
        await proper(page);
        await page.goto(at("/audit"));
        await form.getByLabel("Plugin").fill("inventory");
        await form.getByLabel("Result").selectOption("action");
        await page.getByRole("button", { name: "Show" }).click();
        await page.getByRole("heading", { name: "admin released plugin inventory from quarantine" }).waitFor();
        assert.equal(await entries.count(), 2);
        assert.equal(await form.getByLabel("Plugin").inputValue(), "inventory", "what is looked for stays");
        await entries.first().getByText("Details").click();
        await entries.first().getByText("its rows are what was sealed").waitFor();

        const csv = await page.request.get(at(await page.getByRole("link", { name: "as CSV" }).getAttribute("href")));
        assert.equal((await csv.text()).trim().split("\r\n").length, 3);
        await page.getByRole("link", { name: "Show everything" }).click();
        await page.waitForURL(at("/audit"));

        await page.goto(at("/audit?limit=3"));
        assert.equal(await entries.count(), 3);
        await page.getByRole("link", { name: "Older entries" }).click();
        await page.getByRole("heading", { name: /migrations/ }).waitFor();
        assert.equal(await entries.count(), 1);

        await page.goto(at("/audit"));
        await form.getByLabel("From").fill("yesterday");
        await page.getByRole("button", { name: "Show" }).click();
        await page.getByRole("alert").getByText("is not a date").waitFor();
        assert.equal(await form.getByLabel("From").getAttribute("aria-invalid"), "true");
        await proper(page);
      });
    });

    test("the verdict of the last days is a bar, and a table that says the same", async () => {
      await withMine("timeline", async (page) => {
        await logIn(page, tenon);
        await page.goto(at("/audit"));
        const bar = page.getByRole("img", { name: /The verdict in the last 30 days/ });
        const spans = await bar.locator("rect").count();
        assert.ok(spans >= 2, `${spans}`);
        await page.getByText("As a table").click();
        const rows = page.getByRole("group", { name: "The verdict in the last 30 days" }).locator("tbody tr");
        assert.equal(await rows.count(), spans);
        assert.match(await rows.first().textContent(), /Healthy/);
      });
    });
  });
}
