// Nothing is run that was not shown, and not for everybody.

import assert from "node:assert/strict";
import { test } from "node:test";

import { logIn, post, withTenon } from "./browser.mjs";

const { tenon, at, proper, withMine } = withTenon({ begin: (tenon) => tenon.addViewer() });

test("a viewer may test and look at the plan, and cannot fix", async () => {
  await withMine("viewer", async (page) => {
    await logIn(page, tenon, "vera");
    await post(page, "Test Schema");
    await page.getByRole("status").waitFor();
    assert.equal(await page.getByText("Fix Configuration", { exact: true }).count(), 0);
    await proper(page);
    await page.goto(at("/heal"));
    await page.getByText("ask an administrator").waitFor();
    assert.equal(await page.getByRole("button", { name: /Fix/ }).count(), 0);
    await proper(page);
    // Who makes the form themselves is refused all the same.
    const status = await page.evaluate(async () => {
      const body = new URLSearchParams({ plan_hash: "0".repeat(64) });
      return (await fetch("/heal", { method: "POST", body })).status;
    });
    assert.equal(status, 403);
  });
});

test("a plan is tried in a copy first, and nothing is fixed by that", async () => {
  await withMine("rehearsal", async (page) => {
    await logIn(page, tenon);
    await page.goto(at("/heal"));
    const shown = await page.locator('input[name="plan_hash"]').inputValue();
    await proper(page);
    await post(page, "Rehearse in a copy");
    await page.getByRole("heading", { name: "The rehearsal went well" }).waitFor({ timeout: 60_000 });
    await page.getByText(", as measured, of ").waitFor();
    await proper(page);
    await page.getByRole("button", { name: "Look at the plan again" }).click();
    await page.getByText(", as measured, of ").waitFor();
    assert.equal(await page.locator('input[name="plan_hash"]').inputValue(), shown);
    await page.goto(at("/audit"));
    await page.getByRole("heading", { name: "Audit log" }).waitFor();
    assert.equal(await page.locator('article[id^="heal-"]').count(), 0);
  });
});

test("a plan that changed since it was shown is not run, and the new one is shown", async () => {
  await withMine("stale plan", async (page) => {
    await logIn(page, tenon);
    await page.goto(at("/heal"));
    const shown = await page.locator('input[name="plan_hash"]').inputValue();
    // Somebody else leaves a plugin out and fixes the rest meanwhile.
    await tenon.heal({ without: ["reporting"] });

    const answer = await post(page, "Fix Configuration now");
    assert.equal(answer.status(), 409);
    await page.getByRole("alert").getByText("The plan changed since you looked at it").waitFor();
    const fresh = await page.locator('input[name="plan_hash"]').inputValue();
    assert.notEqual(fresh, shown);
    assert.equal(await page.locator(".steps > li").count(), 1);
    await proper(page);

    await post(page, "Fix Configuration now");
    await page.getByRole("heading", { name: "Fixed" }).waitFor({ timeout: 60_000 });
    await page.goto(at("/audit"));
    assert.equal(await page.locator(".entry").count(), 2);
    await page.getByText("through the API").waitFor();
    await proper(page);
  });
});

test("a page that is not there is said to be missing", async () => {
  await withMine("not found", async (page) => {
    const answer = await page.goto(at("/nowhere"));
    assert.equal(answer.status(), 404);
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
    await proper(page);
  });
});
