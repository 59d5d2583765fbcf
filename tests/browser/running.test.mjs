// A heal while it runs, seen from a second window: who waits for whom, and Stop. With JavaScript and without.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isProper, logIn, post, startBrowser, withPage } from "./browser.mjs";
import { startTenon } from "./tenon.mjs";

// A heal comes to its ledger row, and no further.
const BLOCK = "LOCK TABLE tenon.migration IN SHARE MODE";
const WAITS = /It waits since \d+ s for ROW EXCLUSIVE on tenon\.migration: psql/;

let tenon, browser;
before(async () => {
  tenon = await startTenon({ settings: '[heal]\nlock_timeout = "60s"' });
  tenon.addViewer();
  // There is a ledger to lock from now on, and something pending.
  await tenon.heal({ without: ["reporting"] });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await tenon?.stop();
});

const at = (path) => new URL(path, tenon.url).href;

test("a second window shows what a heal waits for, and stops it", async () => {
  const release = await tenon.hold(BLOCK);
  try {
    await withPage(browser, "first window", {}, async (first) => {
      await logIn(first, tenon);
      await first.goto(at("/heal"));
      await first.getByRole("button", { name: "Fix Configuration now" }).click();
      const banner = (page) => page.locator("[data-heal]");
      await withPage(browser, "viewers window", { javaScriptEnabled: false }, async (viewer) => {
        await logIn(viewer, tenon, "vera");
        for (let tries = 0; !(await banner(viewer).isVisible()) || !WAITS.test(await banner(viewer).textContent()); tries++) {
          assert.ok(tries < 50, await banner(viewer).textContent());
          await viewer.goto(at("/plugin"));
        }
        await banner(viewer).getByText(/^A heal by admin on /).waitFor();
        assert.equal(await viewer.getByRole("button", { name: "Stop and roll back" }).count(), 0);
      });
      await withPage(browser, "second window", {}, async (second) => {
        await logIn(second, tenon);
        // Without being loaded anew it says how long.
        await banner(second).getByText(WAITS).waitFor();
        const before = await banner(second).textContent();
        await second.waitForFunction((before) => document.querySelector("[data-heal]").textContent !== before, before);
        await isProper(second, "[data-heal]");
        await post(second, "Stop and roll back");
        await second.getByText("stopped").first().waitFor();
      });
      await first.getByText("stopped").first().waitFor();
    });
  } finally {
    await release();
  }
});

test("a heal of the command line is stopped from the page without JavaScript, and the log says by whom", async () => {
  const release = await tenon.hold(BLOCK);
  const command = tenon.command("heal", "--yes", "--as", "ops");
  const ended = new Promise((end) => command.once("exit", end));
  try {
    await withPage(browser, "stops a command", { javaScriptEnabled: false }, async (page) => {
      await logIn(page, tenon);
      const stop = page.getByRole("button", { name: "Stop and roll back" });
      for (let tries = 0; !(await stop.isVisible()); tries++) {
        assert.ok(tries < 100 && command.exitCode === null, "no heal was seen");
        await page.goto(at("/plugin"));
      }
      await page.locator("[data-heal]").getByText(/^A heal by ops on /).waitFor();
      await stop.click();
      assert.equal(await ended, 6);
      await page.goto(at("/audit"));
      await page.getByText(/asked heal \S+ to stop/).first().waitFor();
      await page.getByText(/stopped by admin|by admin/).first().waitFor();
      // What other processes heal is looked at once a second: a page may tell what was seen just before.
      const banner = page.locator("[data-heal]");
      for (let tries = 0; await banner.isVisible(); tries++) {
        assert.ok(tries < 20, await banner.textContent());
        await page.waitForTimeout(250);
        await page.goto(at("/plugin"));
      }
    });
  } finally {
    await release();
    command.kill();
  }
});
