// Pages that only show: the API, the graph, and who is told of changes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { logIn, withTenon } from "./browser.mjs";

const settings = '[[notify.command]]\nname = "pager"\nrun = ["/bin/true"]';

describe("pages that only show", () => {
  const { tenon, at, proper, withMine } = withTenon({ settings });

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

  test("the graph is drawn, and leads by mouse and keyboard to each plugin", async () => {
    await withMine("graph", async (page) => {
      await logIn(page, tenon);
      await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Graph" }).click();
      const picture = page.getByRole("region", { name: "Picture of the graph" });
      assert.equal(await picture.getByRole("link").count(), 5, "the host and four plugins");
      await proper(page);
      await page.getByLabel("Migrations").check();
      await page.getByRole("button", { name: "Draw" }).click();
      await page.getByLabel("Migrations").isChecked();
      await proper(page);
      await picture.getByRole("link", { name: /^inventory\/0001/ }).focus();
      await page.keyboard.press("Enter");
      await page.waitForURL("**/plugin/inventory#migrations");
      await page.getByRole("heading", { name: "Migrations", exact: true }).waitFor();
    });
  });

  test("who is told of changes stands on a page of its own", async () => {
    await withMine("notifications", async (page) => {
      await logIn(page, tenon);
      await page.goto(at("/audit"));
      await page.getByRole("link", { name: "Who is told" }).click();
      await page.getByRole("row", { name: /^pager command/ }).waitFor();
      await proper(page);
    });
  });
});
