// What the page says of a host that is left to itself: what it noticed, what is served from which file, and whose routes
// are held, with JavaScript and without.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { logIn, withTenon } from "./browser.mjs";

/** Another architecture's build of the inventory, and a half upload of the orders. */
function leaveStrays(plugins) {
  const foreign = readFileSync(join(plugins, "libinventory.so"));
  // EM_AARCH64 and EM_X86_64 (elf(5)).
  foreign[18] = foreign[18] === 183 ? 62 : 183;
  writeFileSync(join(plugins, "libforeign.so"), foreign);
  const half = readFileSync(join(plugins, "liborders.so"));
  writeFileSync(join(plugins, "libhalf.so"), half.subarray(0, half.length / 2));
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

  describe(`a host left to itself ${how}`, () => {
    const { tenon, at, proper, withMine } = withTenon({
      javaScriptEnabled,
      settings: '[check]\nevery = "300ms"',
      prepare: leaveStrays,
      begin: (tenon) => tenon.heal(),
    });

    const verdict = async (page) => (await page.locator("#verdict").textContent()).trim();
    const plugin = (page, id) => page.locator(`[data-plugin="${id}"]`);
    const pill = async (page, id) => (await plugin(page, id).locator("header").textContent()).replace(/\s+/g, " ").trim();

    /** Reads the page again and again, without ever pressing Test Schema, until it says so. */
    async function until(page, id, words) {
      for (let tries = 0; tries < 100; tries++) {
        await page.goto(tenon.url);
        if ((await pill(page, id)).includes(words)) return;
        await new Promise((wait) => setTimeout(wait, 100));
      }
      assert.fail(`${id} did not come to say ${words}: ${await pill(page, id)}`);
    }

    test("stray files leave the plugins at work, and each card says which file it is about", async () => {
      await withMine("strays", async (page) => {
        await logIn(page, tenon);
        assert.equal(await verdict(page), "Degraded");
        await page.getByText("2 plugins are out, 4 are serving.").waitFor();
        for (const id of ["inventory", "orders"]) {
          assert.equal(await pill(page, id), `${id === "orders" ? "Orders" : "Inventory"} Plugin: in step Healthy`);
          const file = plugin(page, id).locator(".meta code.file");
          assert.equal(await file.textContent(), join(tenon.plugins, `lib${id}.so`));
          assert.equal((await fetch(at(`/plugins/${id}/${id === "orders" ? "orders" : "items"}`))).status, 200);
        }
        await plugin(page, "inventory").getByText("libforeign.so says that it is this plugin too").waitFor();
        const foreign = plugin(page, "f_foreign");
        assert.equal(await foreign.locator(".meta code.file").textContent(), join(tenon.plugins, "libforeign.so"));
        await foreign.getByText("is refused and not served").waitFor();
        await foreign.getByText(`(inventory) is served from ${join(tenon.plugins, "libinventory.so")}`).waitFor();
        await plugin(page, "f_half").getByText("not served:").waitFor();
        await proper(page);
      });
    });

    test("drift is on the page without anybody having pressed Test Schema, and so is its end", async () => {
      await withMine("by itself", async (page) => {
        await logIn(page, tenon);
        tenon.sql("ALTER TABLE inventory.item ALTER qty DROP DEFAULT");
        await until(page, "inventory", "1 difference in the database Drifted");
        assert.match(tenon.said(), /Inventory Plugin: 1 difference in the database; from Healthy to Drifted/);
        tenon.sql("ALTER TABLE inventory.item ALTER qty SET DEFAULT 0");
        await until(page, "inventory", "in step Healthy");
        assert.match(tenon.said(), /Inventory Plugin: in step; from Drifted to Healthy/);
      });
    });

    test("a plugin whose routes are held is not called Healthy, although all is acknowledged", async () => {
      await withMine("held", async (page) => {
        await logIn(page, tenon);
        tenon.sql("ALTER TABLE inventory.item RENAME COLUMN name TO title");
        await until(page, "inventory", "Drifted");
        const report = await tenon.ask("/api/v1/health");
        const findings = report.plugins.find(({ id }) => id === "inventory").findings.map(({ id }) => id);
        await tenon.ask("/api/v1/findings/acknowledge", { findings, reason: "a test", for: "2d" });
        await page.goto(tenon.url);
        assert.match(await pill(page, "inventory"), /^Inventory Plugin: its routes are held, \d+ findings acknowledged Drifted$/);
        await plugin(page, "inventory").getByText("Its routes are held.").waitFor();
        await plugin(page, "inventory").getByText("(acknowledged)").waitFor();
        assert.equal((await fetch(at("/plugins/inventory/items"))).status, 503);
        await proper(page);
        tenon.sql("ALTER TABLE inventory.item RENAME COLUMN title TO name");
        await until(page, "inventory", "in step Healthy");
        assert.equal((await fetch(at("/plugins/inventory/items"))).status, 200);
      });
    });
  });
}
