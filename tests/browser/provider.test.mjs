// Signing in at an identity provider: a real one, of a certified library, in this process.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import Provider from "oidc-provider";

import { isProper, post, startBrowser, withPage } from "./browser.mjs";
import { freePort, startTenon } from "./tenon.mjs";

/** Everybody whom the provider knows, with their groups. */
const people = { ada: ["staff", "dba"], eve: ["guests"] };

let provider, tenon, browser;
before(async () => {
  const [port, console] = [await freePort(), await freePort()];
  const issuer = `http://127.0.0.1:${port}`;
  const client = {
    client_id: "tenon",
    token_endpoint_auth_method: "none",
    redirect_uris: [`http://127.0.0.1:${console}/login/oidc/callback`],
  };
  const known = new Provider(issuer, {
    clients: [client],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
    pkce: { required: () => true },
    cookies: { keys: ["of this test"] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@corp.example`, email_verified: true, groups: people[sub] ?? [] }),
    }),
  });
  provider = known.listen(port, "127.0.0.1");
  const settings = `public_url = "http://127.0.0.1:${console}"
[admin.oidc]
issuer = "${issuer}"
client_id = "tenon"
name = "Example Login"
scopes = ["email", "groups"]
groups_claim = "groups"
roles = ["dba=administrator"]`;
  tenon = await startTenon({ settings, port: console });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await tenon?.stop();
  provider?.closeAllConnections();
  provider?.close();
});

const at = (path) => new URL(path, tenon.url).href;

/** From the login page to the provider, and through its pages. Gives the address that the browser came back to. */
async function signIn(page, name) {
  // Its pages want a font from afar.
  await page.route(/^https:/, (route) => route.abort());
  const back = page.waitForRequest((request) => request.url().startsWith(at("/login/oidc/callback")));
  await page.getByRole("link", { name: "Sign in with Example Login" }).click();
  await page.locator('input[name="login"]').fill(name);
  await page.locator('input[name="password"]').fill("anything");
  await page.locator('button[type="submit"]').click();
  await page.getByRole("button", { name: "Continue" }).click();
  const request = await back;
  await page.waitForLoadState();
  return request.url();
}

test("whom the provider names is let in by their group, under the company's own id, until they log out", async () => {
  await withPage(browser, "provider", {}, async (page) => {
    await page.goto(at("/plugin"));
    await isProper(page);
    await page.goto(at("/plugin"));
    const back = await signIn(page, "ada");
    assert.equal(page.url(), at("/plugin"), "on to where they wanted to go");
    await page.getByText("ada@corp.example").waitFor();
    await page.goto(at("/account"));
    await page.getByText("You are a administrator, as the identity provider says.").waitFor();
    const own = page.locator("form.entry", { hasText: "this session" });
    await own.getByText("by the identity provider").waitFor();
    assert.equal(await page.getByLabel("Current password").count(), 0);
    await isProper(page);

    const status = await page.evaluate(async () => {
      const body = JSON.stringify({ reason: "it leaks" });
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/v1/plugins/inventory/quarantine", { method: "POST", headers, body })).status;
    });
    assert.equal(status, 200);
    await page.goto(at("/audit"));
    await page.getByText(/ada@corp\.example/).nth(1).waitFor();

    await post(page, "Log out");
    await page.goto(at("/plugin"));
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    // The address that the provider sent the browser to was good for once.
    const again = await page.goto(back);
    assert.equal(again.status(), 403);
    await page.getByRole("heading", { name: "Begin again" }).waitFor();
    await isProper(page);
    const code = new URL(back).searchParams.get("code");
    assert.ok(code && !tenon.said().includes(code), "no code is logged");
  });
});

test("who is in no group that counts is told so, and so is who cancels at the provider", async () => {
  await withPage(browser, "stranger", {}, async (page) => {
    await page.goto(at("/login"));
    await signIn(page, "eve");
    await page.getByRole("heading", { name: "Not permitted" }).waitFor();
    await page.getByText("Eve@corp.example has no role here").waitFor();
    const id = (await page.locator("main").textContent()).match(/request id (\S+?)\./)[1];
    assert.ok(tenon.said().includes(id), "the log has more under the id that is shown");
    await page.goto(at("/"));
    await page.getByRole("heading", { name: "Log in" }).waitFor();
  });
  await withPage(browser, "cancels", { javaScriptEnabled: false }, async (page) => {
    await page.route(/^https:/, (route) => route.abort());
    await page.goto(at("/login"));
    await page.getByRole("link", { name: "Sign in with Example Login" }).click();
    await page.getByRole("link", { name: /Cancel/ }).click();
    await page.getByText("it answered access_denied").waitFor();
    // Accounts of the console go on working.
    await page.goto(at("/login"));
    await page.getByLabel("Name").fill(tenon.name);
    await page.getByLabel("Password").fill(tenon.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Log out" }).waitFor();
  });
});
