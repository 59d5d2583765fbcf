// The page of the API: every operation, and the types that it takes and answers with.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { logIn, withTenon } from "./browser.mjs";

describe("the page of the API", () => {
  const { tenon, proper, withMine } = withTenon();

  test("it shows each operation with its answers, and leads to their types", async () => {
    await withMine("api", async (page) => {
      await logIn(page, tenon);
      await page.getByRole("link", { name: "API", exact: true }).click();
      const heal = page.locator("details", { has: page.getByText("/api/v1/heal", { exact: true }) }).filter({ hasText: "POST" });
      await heal.locator("summary").click();
      const answers = heal.getByRole("region", { name: "Answers to POST /api/v1/heal" });
      assert.match(await answers.textContent(), /202.*respond-async/s);
      await answers.getByRole("link", { name: "HealOutcome" }).click();
      assert.match(page.url(), /#HealOutcome$/);
      assert.ok(await page.getByRole("heading", { name: "HealOutcome", exact: true }).isVisible());
      await proper(page, "main section:nth-of-type(2)");
    });
  });
});
