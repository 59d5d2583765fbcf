// A browser, and what every page has to be.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";

import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

import { startTenon } from "./tenon.mjs";

const artifacts = join(dirname(fileURLToPath(import.meta.url)), "artifacts");
const phone = { width: 320, height: 640 };

/** Chromium as it can also be run by root. */
export async function startBrowser() {
  const executablePath = process.env.TENON_CHROMIUM ?? process.env.CHROMIUM ?? "/usr/bin/chromium";
  assert.ok(existsSync(executablePath), `there is no browser at ${executablePath}: set TENON_CHROMIUM`);
  const home = mkdtempSync(join(tmpdir(), "tenon-chromium-"));
  const args = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  const browser = await chromium.launch({ executablePath, args, env: { ...process.env, HOME: home } });
  browser.on("disconnected", () => rmSync(home, { recursive: true, force: true }));
  return browser;
}

/**
 * A host, made ready by `begin`, and a browser for the tests of the file or suite that asks for them. `at` is an address
 * of the host, `withMine` gives a page, and `proper` holds what every page has to be where axe can run: with JavaScript.
 */
export function withTenon({ javaScriptEnabled = true, begin = () => {}, ...options } = {}) {
  const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";
  const tenon = {};
  let browser;
  before(async () => {
    Object.assign(tenon, await startTenon(options));
    browser = await startBrowser();
    await begin(tenon);
  });
  after(async () => {
    await browser?.close();
    await tenon.stop?.();
  });
  const at = (path) => new URL(path, tenon.url).href;
  const proper = async (page, part) => javaScriptEnabled && (await isProper(page, part));
  const withMine = (name, body) =>
    withPage(browser, `${name} ${how}`.replaceAll(" ", "-"), { javaScriptEnabled }, body);
  return { tenon, at, proper, withMine };
}

/** Runs the body with a page of its own. When it fails, a picture of the page is kept. */
export async function withPage(browser, name, options, body) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems = [];
  page.on("pageerror", (error) => problems.push(`${error}`));
  page.on("console", (message) => {
    // The browser reports every 4xx and 5xx itself; the tests ask for some of them.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      problems.push(message.text());
    }
  });
  try {
    await body(page);
    assert.deepEqual(problems, [], "the browser complained");
  } catch (error) {
    mkdirSync(artifacts, { recursive: true });
    await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true }).catch(() => {});
    throw error;
  } finally {
    await context.close();
  }
}

export async function logIn(page, tenon, name = tenon.name, password = tenon.password) {
  await page.goto(new URL("/login", tenon.url).href);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Presses the button and returns the answer to the form it posts. */
export async function post(page, button) {
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: button }).click();
  return answer;
}

/**
 * What every page has to be: accessible, in light and dark, and no wider than a phone. Of a page that has the same
 * again and again, one part is looked at for the former.
 */
export async function isProper(page, part = "html") {
  const seen = page.viewportSize();
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).include(part).analyze();
    const told = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
    assert.deepEqual(told, [], `axe on ${page.url()} (${colorScheme})`);
  }
  await page.setViewportSize(phone);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= phone.width, `${page.url()} is ${wide} pixels wide on a phone of ${phone.width}`);
  await page.setViewportSize(seen);
  await page.emulateMedia({ colorScheme: "light" });
}
