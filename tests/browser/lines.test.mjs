// The page of log lines, and the box in which queries are typed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoFaults, launch, openPage, overflow, settled, visit } from "./lib.mjs";
import { startMock } from "./mock-server.mjs";

let browser;
let mock;
before(async () => {
    browser = await launch();
    mock = await startMock();
});
after(async () => {
    await browser.close();
    await mock.close();
});

test("lines are listed with a histogram, open, and lead to their transactions", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/logs?live=0&range=24h");
    await page.waitForSelector(".logRow");
    await page.waitForSelector(".histogram canvas");
    const rows = await page.locator(".logRow").count();
    assert.equal(rows, 100);
    await page.locator("[data-key=more]").click();
    await page.waitForFunction(() => document.querySelectorAll(".logRow").length > 100);
    await page.locator(".logRow .logMore").first().click();
    assert.ok(await page.locator(".logRow .logWhole").first().isVisible());
    await page.locator(".logRow a.logTime").first().click();
    await page.waitForURL(/\/transactions\//);
    assertNoFaults(page);
    await page.context().close();
});

test("levels are chosen, and marked by more than colour", async () => {
    const page = await openPage(browser, { theme: "dark" });
    await visit(page, mock, "/logs?live=0&range=24h");
    await page.getByLabel("Level").selectOption("level:>=error");
    await page.waitForURL(/q=level/);
    await settled(page);
    const levels = await page.locator(".logRow .logLevel").allTextContents();
    assert.ok(levels.length > 0);
    assert.equal(await page.locator(".logRow .logLevel .icon").count(), levels.length);
    await page.context().close();
});

test("short names are offered and taken by keyboard", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/logs?live=0");
    const field = page.locator(".queryForm input");
    await field.fill("");
    await field.pressSequentially("fun");
    await page.waitForSelector(".queryForm .suggestions:not([hidden]) li");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.equal(await field.inputValue(), "function:");
    await field.pressSequentially("pricing lev");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".queryForm .suggestions").isHidden(), true);
    assert.equal(await field.inputValue(), "function:pricing lev");
    await page.context().close();
});

test("what is wrong with a query is marked where it is", async () => {
    const page = await openPage(browser);
    for (const path of ["/logs", "/search"]) {
        await visit(page, mock, `${path}?live=0&q=${encodeURIComponent("cold (errors")}`);
        await page.waitForSelector(".queryError mark");
        assert.equal(await page.locator(".queryError mark").textContent(), "(");
        // The API's name of the parameter is left out: there is one box.
        assert.doesNotMatch(await page.locator(".queryError").textContent(), /^q:/);
    }
    await page.context().close();
});

test("one query, two pages: lines and their transactions", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/search?live=0&range=24h&q=function%3Apricing");
    await page.getByRole("link", { name: "Their lines" }).click();
    await page.waitForURL(/\/logs\?.*q=function%3Apricing/);
    await settled(page);
    assert.ok((await page.locator(".logRow").count()) > 0);
    await page.getByRole("link", { name: "Their transactions" }).click();
    await page.waitForURL(/\/search\?.*q=function%3Apricing/);
    await page.context().close();
});

test("lines fit a small screen", async () => {
    const page = await openPage(browser, { width: 360, height: 740 });
    await visit(page, mock, "/logs?live=0&range=24h");
    await page.waitForSelector(".logRow");
    assert.equal(await overflow(page), 0);
    await page.context().close();
});
