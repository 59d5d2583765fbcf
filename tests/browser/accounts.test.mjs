// Accounts: an administrator adds, changes and removes them, with JavaScript and without; everybody sees to their own.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { logIn, post, withTenon } from "./browser.mjs";

const PASSWORD = "correct horse battery";

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

  describe(`accounts ${how}`, () => {
    const { tenon, at, proper, withMine } = withTenon({ javaScriptEnabled });

    test("an administrator adds an account, gives it a token, and removes it", async () => {
      await withMine("accounts", async (page) => {
        await logIn(page, tenon);
        await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Accounts" }).click();
        await page.getByRole("row", { name: /^admin administrator/ }).waitFor();
        await proper(page);

        await page.goto(at("/accounts"));
        await page.getByLabel("Name").fill("admin");
        await page.getByLabel("Role").selectOption("healer");
        assert.equal((await post(page, "Add account")).status(), 400);
        const name = page.getByLabel("Name");
        assert.equal(await name.getAttribute("aria-invalid"), "true");
        assert.equal(await name.inputValue(), "admin", "what was typed stays");
        assert.equal(await page.getByLabel("Role").inputValue(), "healer");
        await page.locator("#name-wrong", { hasText: "there is an account named admin already" }).waitFor();
        await proper(page);

        await page.goto(at("/accounts"));
        await page.getByLabel("Name").fill("hal");
        await page.getByLabel("Role").selectOption("healer");
        await post(page, "Add account");
        await page.getByText("The password of hal is shown this once. Copy it now.").waitFor();
        const password = (await page.locator("pre.command").textContent()).trim();
        await proper(page);

        await withMine("hal", async (other) => {
          await logIn(other, tenon, "hal", password);
          assert.equal(await other.getByRole("link", { name: "Accounts" }).count(), 0);
          await other.goto(at("/accounts"));
          await other.getByRole("heading", { name: "Not permitted" }).waitFor();

          await page.goto(at("/accounts/hal"));
          await page.getByText("Add a token").click();
          await page.getByLabel("Name of the token").fill("ci");
          await page.getByLabel("read").check();
          await post(page, "Add token");
          await page.getByText("The token ci is shown this once. Copy it now.").waitFor();
          const token = (await page.locator("pre.command").textContent()).trim();
          const ask = () => fetch(at("/api/v1/health"), { headers: { authorization: `Bearer ${token}` } });
          assert.equal((await ask()).status, 200);
          await proper(page);
          await page.goto(at("/accounts/hal"));
          await page.getByText("healer, only read").waitFor();
          await post(page, "Revoke token ci");
          await page.getByText("The token was revoked, which counts at once.").waitFor();
          assert.equal((await ask()).status, 401);

          await page.getByLabel("What it may do").selectOption("viewer");
          await post(page, "Change role");
          await page.getByText("The role was changed, which counts at once.").waitFor();
          await other.goto(tenon.url);
          assert.equal(await other.getByRole("link", { name: "Fix Configuration" }).count(), 0);

          await post(page, /^End the session with/);
          await page.getByText("The sessions have ended.").waitFor();
          await other.goto(tenon.url);
          await other.getByRole("heading", { name: "Log in" }).waitFor();
        });

        await page.getByLabel("Yes, remove hal").check();
        await post(page, "Remove account");
        await page.getByText("The account was removed.").waitFor();
        assert.equal(await page.getByRole("link", { name: "hal", exact: true }).count(), 0);
      });
    });

    test("the last administrator stays", async () => {
      await withMine("last", async (page) => {
        await logIn(page, tenon);
        await page.goto(at("/accounts/admin"));
        await page.getByLabel("What it may do").selectOption("viewer");
        await post(page, "Change role");
        await page.locator("#role-wrong", { hasText: "one account at least has to be an administrator" }).waitFor();
        await page.getByLabel("Yes, remove admin").check();
        await post(page, "Remove account");
        await page.locator("#confirm-wrong", { hasText: "one account at least has to be an administrator" }).waitFor();
        await proper(page);
      });
    });

    test("on one's own page the password is changed, and another session is ended", async () => {
      await withMine("own", async (page) => {
        await logIn(page, tenon);
        await withMine("own other", async (other) => {
          await logIn(other, tenon);
          await page.goto(at("/account"));
          await proper(page);
          await page.goto(at("/account"));
          const foreign = page.locator("form.entry", { hasNotText: "this session" });
          const others = await foreign.count();
          // The latest comes first.
          await foreign.first().getByRole("button").click();
          await page.getByText("The session has ended.").waitFor();
          assert.equal(await foreign.count(), others - 1);
          await other.goto(tenon.url);
          await other.getByRole("heading", { name: "Log in" }).waitFor();
        });
        await page.getByLabel("Current password").fill("not the password");
        await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
        await page.getByLabel("New password again").fill(PASSWORD);
        await post(page, "Change Password");
        await page.getByText("The current password is wrong. Nothing was changed.").waitFor();
        await proper(page);
        await page.goto(at("/account"));
        await page.getByLabel("Current password").fill(tenon.password);
        await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
        await page.getByLabel("New password again").fill(PASSWORD);
        await post(page, "Change Password");
        await page.getByText("The password was changed. Your other sessions have ended.").waitFor();
        await withMine("own again", async (other) => {
          await logIn(other, tenon, tenon.name, PASSWORD);
          await other.getByRole("button", { name: "Log out" }).waitFor();
        });
      });
    });
  });
}
