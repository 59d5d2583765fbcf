// From a new database to Healthy, as an administrator sees it: with JavaScript and without.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { logIn, post, withTenon } from "./browser.mjs";
import { nameOf, samples } from "./tenon.mjs";

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";
  const all = Object.values(samples).reduce((sum, count) => sum + count, 0);

  describe(`the main job ${how}`, () => {
    const { tenon, proper, withMine } = withTenon({ javaScriptEnabled });

    test("a wrong password is refused with a message", async () => {
      await withMine("wrong password", async (page) => {
        await page.goto(tenon.url);
        assert.equal(new URL(page.url()).pathname, "/login");
        await proper(page);
        await logIn(page, tenon, tenon.name, "not the password");
        await page.getByRole("alert").getByText("do not belong together").waitFor();
        await proper(page);
      });
    });

    test("Drifted, Test Schema, Fix Configuration, Healthy, and an entry in the audit log", async () => {
      await withMine("main job", async (page) => {
        await logIn(page, tenon);
        const verdict = page.locator("#verdict");
        assert.equal((await verdict.textContent()).trim(), "Drifted");
        for (const [id, count] of Object.entries(samples)) {
          const migrations = count === 1 ? "migration" : "migrations";
          const line = page.getByRole("heading", { name: `${nameOf(id)}: ${count} pending ${migrations}, 2 problems with its login role`, exact: true });
          await line.waitFor();
        }
        await page.locator('[data-plugin="core"]').getByText(/pending migrations?$/).first().waitFor();
        await proper(page);

        await post(page, "Test Schema");
        await page.getByRole("status").getByText("Tested just now").waitFor();
        assert.equal((await verdict.textContent()).trim(), "Drifted");

        await page.getByRole("main").getByRole("button", { name: "Fix Configuration" }).click();
        const steps = page.locator(".steps > li");
        assert.ok((await steps.count()) > all, "the plan has the plugins' files and the host's own");
        const first = await steps.first().textContent();
        assert.match(first, /\d+ statements?/);
        await page.getByText("0002_public_id.sql", { exact: true }).waitFor();
        await proper(page);

        await post(page, "Fix Configuration now");
        await page.getByRole("heading", { name: "Fixed" }).waitFor({ timeout: 60_000 });
        assert.ok((await page.locator(".steps > li").count()) > all);
        await proper(page);

        await page.getByRole("link", { name: "Go to Database Health" }).click();
        assert.equal((await verdict.textContent()).trim(), "Healthy");
        await page.getByText("All clear").waitFor();
        for (const id of Object.keys(samples)) {
          await page.getByRole("heading", { name: `${nameOf(id)}: in step`, exact: true }).waitFor();
        }
        await proper(page);

        await page.getByRole("link", { name: "Audit log" }).click();
        const entry = page.locator(".entry");
        assert.equal(await entry.count(), 1);
        await entry.getByRole("heading", { name: `by ${tenon.name}` }).waitFor();
        await entry.getByText("Succeeded").waitFor();
        await entry.getByText("through this page").waitFor();
        await entry.getByText("Details").click();
        await entry.getByText("inventory/0001_items.sql").waitFor();
        await proper(page);
      });
    });

    test("fixing again finds nothing to do and records nothing", async () => {
      await withMine("again", async (page) => {
        await logIn(page, tenon);
        await page.getByRole("navigation").getByRole("link", { name: "Fix Configuration" }).click();
        await page.getByRole("heading", { name: "Nothing to fix" }).waitFor();
        assert.equal(await page.getByRole("button", { name: "Fix Configuration now" }).count(), 0);
        await proper(page);
        await page.getByRole("link", { name: "Audit log" }).click();
        assert.equal(await page.locator(".entry").count(), 1);
      });
    });

    test("logging out ends the session", async () => {
      await withMine("log out", async (page) => {
        await logIn(page, tenon);
        await page.getByRole("button", { name: "Log out" }).click();
        await page.getByRole("heading", { name: "Log in" }).waitFor();
        await page.goto(tenon.url);
        assert.equal(new URL(page.url()).pathname, "/login");
      });
    });
  });
}
