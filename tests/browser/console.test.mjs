// The console in good states and bad, with JavaScript and without: three hundred findings, a plan with its SQL, what may
// be chosen, a plugin's page, a heal that fails, a database that is away. With TENON_SCREENSHOTS the pictures of the
// guides are written into that folder.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { logIn, post, withTenon } from "./browser.mjs";

/** The most that a page may weigh, however much there is to tell. */
const HEAVIEST = 150_000;
const MANY = 300;

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

  describe(`the console ${how}`, () => {
    const { tenon, at, proper, withMine } = withTenon({ javaScriptEnabled });

    const verdict = async (page) => (await page.locator("#verdict").textContent()).trim();
    const check = () => tenon.ask("/api/v1/check", {});
    const weight = async (page, path) => (await (await page.request.get(at(path))).body()).length;

    /** A picture for the guides, where they are wanted. */
    async function picture(page, name) {
      const folder = process.env.TENON_SCREENSHOTS;
      if (!folder || !javaScriptEnabled) return;
      mkdirSync(folder, { recursive: true });
      await page.goto(page.url());
      await page.mouse.move(0, 0);
      await page.screenshot({ path: join(folder, `${name}.png`) });
    }

    test("a heal that meets what stands already says where it failed, and with what", async () => {
      await withMine("failed heal", async (page) => {
        tenon.sql('CREATE SCHEMA inventory AUTHORIZATION "tenon-owner"');
        await logIn(page, tenon);
        await page.goto(at("/heal"));
        await post(page, "Fix Configuration now");
        await page.getByRole("heading", { name: "Not fixed" }).waitFor({ timeout: 60_000 });
        const excerpt = page.getByRole("group", { name: /^inventory\/0001_items\.sql:\d+:\d+$/ });
        assert.match(await excerpt.textContent(), /CREATE SCHEMA inventory/);
        assert.equal(await excerpt.locator("mark").textContent(), "CREATE");
        await proper(page);
        tenon.sql("DROP SCHEMA inventory");
      });
    });

    test("the plan shows the SQL of each file, and the command that does the same", async () => {
      await withMine("plan", async (page) => {
        await logIn(page, tenon);
        await page.goto(at("/heal"));
        await page.locator("summary", { hasText: "0001_items.sql" }).click();
        const sql = page.getByRole("group", { name: "0001_items.sql" });
        await sql.getByText("CREATE TABLE inventory.item").first().waitFor();
        assert.ok((await sql.locator(".k").count()) > 10, "keywords are told apart");
        const hash = await page.locator('input[name="plan_hash"]').inputValue();
        assert.match(await page.locator("pre.command", { hasText: "tenon heal" }).textContent(), new RegExp(`^tenon heal --plan-hash ${hash}`));
        await page.getByText("Have a backup.").waitFor();
        await picture(page, "plan");
        await proper(page);
        const text = await (await page.request.get(at("/heal/sql"))).text();
        assert.ok(text.startsWith("-- ") && text.includes("CREATE TABLE inventory.item ("), text.slice(0, 200));
        assert.ok((await weight(page, "/heal")) < HEAVIEST);
        await tenon.heal();
        await check();
        await page.goto(tenon.url);
        assert.equal(await verdict(page), "Healthy");
        assert.equal(await page.locator("nav .badge").count(), 0);
      });
    });

    test("a plugin's page tells what it is, has and did, and takes a word on quarantine", async () => {
      await withMine("plugin", async (page) => {
        await logIn(page, tenon);
        assert.equal((await fetch(at("/plugins/inventory/items"))).status, 200);
        await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Plugins" }).click();
        await proper(page);
        await page.getByLabel("Search").fill("invent");
        await page.getByRole("button", { name: "Show" }).click();
        await page.getByText("1 plugin of ").waitFor();
        await page.getByRole("link", { name: "Inventory Plugin" }).click();
        const row = (text) => page.locator("tr", { hasText: text });
        assert.match(await row("GET /items").first().textContent(), /GET \/items\s*1\s*0\s*[\d.]+ ms/);
        assert.match(await row("varchar(25)").textContent(), /sku\s*varchar\(25\)\s*no\s*unique/);
        const migration = page.locator("summary", { hasText: "0001_items.sql" });
        assert.match(await migration.textContent(), /applied .* · Items with their stock and price/s);
        await page.getByRole("link", { name: "orders" }).waitFor();
        await page.getByText("generation 2").waitFor();
        await picture(page, "plugin");
        await proper(page);

        await page.goto(at("/plugin/inventory"));
        await page.getByLabel("Why its routes are to answer no more").fill("a test");
        await post(page, "Put into quarantine");
        await page.getByRole("button", { name: "Release from quarantine" }).waitFor();
        assert.equal((await fetch(at("/plugins/inventory/items"))).status, 503);
        await proper(page);
        await check();
        await page.goto(tenon.url);
        assert.equal(await verdict(page), "Degraded");
        await page.getByText("1 plugin is in quarantine, 3 are serving.").waitFor();
        await proper(page);
        await post(page, "Release from quarantine");
        await check();
        assert.equal((await fetch(at("/plugins/inventory/items"))).status, 200);
        assert.equal((await page.goto(at("/plugin/nobody"))).status(), 404);
        assert.equal((await page.goto(at("/plugin/Not%20an%20id"))).status(), 404);
      });
    });

    test("three hundred findings are searched, kept apart on light pages, and acknowledged at once", async () => {
      await withMine("many", async (page) => {
        const columns = Array.from({ length: MANY }, (_, number) => `ADD COLUMN extra_${number} text`).join(", ");
        tenon.sql(`ALTER TABLE inventory.item ALTER qty DROP DEFAULT, ${columns}`);
        await check();
        await logIn(page, tenon);
        assert.equal(await verdict(page), "Drifted");
        assert.equal((await page.locator("nav .badge").textContent()).trim(), `${MANY + 1} findings`);
        await page.getByText(`Page 1 of `).waitFor();
        await picture(page, "findings");
        await proper(page);
        const seen = new Set();
        const pages = Number((await page.getByText("Page 1 of ").textContent()).split(" of ")[1]);
        for (let number = 1; number <= pages; number++) {
          assert.ok((await weight(page, `/?page=${number}`)) < HEAVIEST, `page ${number}`);
          await page.goto(at(`/?page=${number}`));
          const links = await page.locator('li a[href^="/findings/"]').evaluateAll((all) => all.map((one) => one.href));
          links.forEach((link) => seen.add(link));
        }
        assert.equal(seen.size, MANY + 1);
        assert.ok((await weight(page, "/heal")) < HEAVIEST);

        await page.goto(tenon.url);
        await page.getByLabel("Search").fill("EXTRA_29");
        await page.getByLabel("Severity").selectOption("warning");
        await page.getByRole("button", { name: "Show" }).click();
        await page.getByText(`11 of ${MANY + 1} findings`).waitFor();
        await proper(page);
        await page.goto(page.url());
        await page.getByText("Acknowledge findings").click();
        await page.getByLabel("All that match the search and can be acknowledged (11)").check();
        await page.getByLabel("Why it may stay so").fill("a test");
        await page.getByRole("button", { name: "Acknowledge" }).click();
        await page.waitForURL(tenon.url);
        assert.equal((await page.locator("nav .badge").textContent()).trim(), `${MANY - 10} findings`);

        // Two that are ticked, and no others.
        await page.locator("summary", { hasText: "Differences in the database" }).click();
        const ticks = page.getByLabel("Acknowledge: column");
        await ticks.nth(0).check();
        await ticks.nth(1).check();
        await page.getByText("Acknowledge findings").click();
        await page.getByLabel("Why it may stay so").fill("a test");
        await page.getByRole("button", { name: "Acknowledge" }).click();
        await page.waitForURL(tenon.url);
        assert.equal((await page.locator("nav .badge").textContent()).trim(), `${MANY - 12} findings`);

        const answer = await page.goto(at("/?severity=terrible"));
        assert.equal(answer.status(), 400);
        await page.getByText('There is no severity "terrible".').waitFor();
        assert.equal((await page.goto(at("/findings/0123456789ab"))).status(), 404);
        await page.getByRole("heading", { name: "This finding is gone" }).waitFor();
        const report = await page.request.get(at("/report.md"));
        assert.match(report.headers()["content-disposition"], /attachment/);
        assert.match(await report.text(), /^## Tenon: Drifted at .*\n\n```text\nDrifted: /);
      });
    });

    test("Fix Configuration offers what can be mended, and tells what no heal mends", async () => {
      await withMine("choices", async (page) => {
        await logIn(page, tenon);
        await page.goto(at("/heal"));
        await page.getByRole("heading", { name: "No migration is pending" }).waitFor();
        assert.equal(await page.getByRole("button", { name: "Fix Configuration now" }).count(), 0);
        await proper(page);
        await page.goto(at("/heal"));
        await page.getByLabel("All that only lack something").check();
        await page.getByRole("button", { name: "Plan with what is ticked" }).click();
        await page.getByRole("heading", { name: "1 repair is made, in this order" }).waitFor();
        assert.match(await page.locator("pre.command", { hasText: "tenon heal" }).textContent(), / --repair additive$/);
        assert.ok(await page.getByLabel("All that only lack something").isChecked(), "it stays ticked");
        await proper(page);
        await page.goto(at("/heal?repair=additive"));
        await post(page, "Fix Configuration now");
        await page.getByText("1 repair was made and verified").waitFor({ timeout: 60_000 });

        // What is in the ledger and in no plugin is for nobody but an administrator to settle.
        tenon.sql("INSERT INTO tenon.migration (plugin, filename, checksum, heal, duration_ms) VALUES ('ghost', '0001_x.sql', repeat('0', 64), gen_random_uuid(), 1)");
        await page.goto(at("/heal"));
        const unmended = page.getByRole("region", { name: "What no heal mends" });
        await unmended.getByText("tenon ledger forget ghost").waitFor();
        await proper(page);
        await page.goto(at("/plugin/ghost"));
        await page.getByRole("heading", { name: "ghost" }).first().waitFor();
        await proper(page);
        tenon.sql("DELETE FROM tenon.migration WHERE plugin = 'ghost'");
        await check();
      });
    });

    test("while the database is away, what was known last is shown with its age", async () => {
      await withMine("away", async (page) => {
        await logIn(page, tenon);
        const roles = '"tenon-serving"';
        tenon.sql(`ALTER ROLE ${roles} CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tenon-serving'`);
        await page.goto(tenon.url);
        await post(page, "Test Schema");
        assert.equal(await verdict(page), "Unknown");
        const former = page.locator("#former");
        assert.match(await former.textContent(), /The last known state is Drifted, from (just now|\d+ \w+ ago)/);
        assert.equal(await page.getByText("The database could not be read").count(), 1, "it is not said for each plugin");
        await page.locator('[data-plugin="inventory"]').getByRole("heading", { name: /differences in the database/ }).waitFor();
        await proper(page);
        await page.goto(at("/heal"));
        await page.getByRole("heading", { name: "There is no plan" }).waitFor();
        await proper(page);
        await page.goto(at("/plugin/inventory"));
        await page.getByText("The ledger could not be read.").waitFor();
        await proper(page);
        tenon.sql(`ALTER ROLE ${roles} CONNECTION LIMIT -1`);
        await page.goto(tenon.url);
        await post(page, "Test Schema");
        assert.equal(await verdict(page), "Drifted");
        assert.equal(await page.locator("#former").count(), 0);
      });
    });
  });
}
