// The overview and the search: what is shown, where it leads, and that the time range comes along.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoFaults, launch, openPage, settled, visit } from "./lib.mjs";
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

test("all functions with their figures, and tiles that agree with them", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/");
    const rows = await page.locator(".functionsPanel tbody tr").count();
    assert.equal(rows, 5);
    const texts = await page
        .locator(".functionsPanel td[data-column=invocations]")
        .allTextContents();
    const sum = texts.reduce((total, text) => total + Number(text.replaceAll(",", "")), 0);
    assert.equal(
        await page.locator("[data-tile=Invocations] .tileValue").textContent(),
        String(sum),
    );
    assert.match(await page.locator("[data-tile=Cost] .tileValue").textContent(), /^\$0\.000/);
    assert.equal(await page.locator(".tile .sparkLine").count(), 6);
    assertNoFaults(page);
    await page.context().close();
});

test("every number of a row leads to what is behind it, in the same time range", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/?range=12h&live=0");
    const links = await page.$$eval(".functionsPanel tbody tr:first-child a", (all) =>
        all.map((each) => each.getAttribute("href")),
    );
    assert.ok(links.length >= 10);
    for (const href of links) {
        const url = new URL(href);
        assert.equal(url.searchParams.get("range"), "12h", href);
        assert.equal(url.searchParams.get("live"), "0", href);
    }
    const name = await page
        .locator(".functionsPanel tbody tr:first-child [data-primary]")
        .textContent();
    await page.locator(".functionsPanel tbody tr:first-child td[data-column=errors] a").click();
    await settled(page);
    const url = new URL(page.url());
    assert.equal(url.pathname, "/search");
    assert.equal(url.searchParams.get("q"), `function:${name} errors`);
    assert.equal(url.searchParams.get("range"), "12h");
    assert.ok((await page.locator("tbody tr").count()) > 0);
    assert.equal(await page.locator("[data-flag=errors]").getAttribute("aria-checked"), "true");
    await page.context().close();
});

test("headings sort through the URL, back undoes it, and nothing is fetched for it", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/?live=0");
    const names = () => page.locator(".functionsPanel [data-primary]").allTextContents();
    const asked = mock.requests.length;
    await page.locator("thead th[data-column=name] a").click();
    await page.waitForFunction(
        () =>
            document.querySelector("thead th[data-column=name]").getAttribute("aria-sort") ===
            "ascending",
    );
    assert.deepEqual(await names(), ["checkout", "front", "notify", "pricing", "stock"]);
    await page.locator("thead th[data-column=name] a").click();
    await page.waitForFunction(
        () =>
            document.querySelector("thead th[data-column=name]").getAttribute("aria-sort") ===
            "descending",
    );
    assert.deepEqual(await names(), ["stock", "pricing", "notify", "front", "checkout"]);
    assert.equal(new URL(page.url()).searchParams.get("sort"), "-name");
    assert.equal(mock.requests.length, asked);
    await page.reload();
    await settled(page);
    assert.deepEqual(await names(), ["stock", "pricing", "notify", "front", "checkout"]);
    await page.context().close();
});

test("what needs attention: firing first, with a way to function and example", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/");
    const states = await page
        .locator(".alertLine")
        .evaluateAll((all) => all.map((each) => each.dataset.state));
    assert.deepEqual(states, ["firing", "pending"]);
    await page.locator(".alertLine:first-child .alertLinks a", { hasText: "example" }).click();
    await settled(page);
    assert.match(new URL(page.url()).pathname, /^\/transactions\//);
    assert.ok((await page.locator(".wfRow").count()) > 0);
    await page.context().close();
});

test("the search box takes ids to their transaction and words to the search", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/?range=24h");
    const detail = mock.shop().details[3];
    for (const [typed, path] of [
        [detail.invocations[1].request_id, `/transactions/${detail.invocations[1].request_id}`],
        [
            `1-${detail.id.slice(0, 8)}-${detail.id.slice(8)}`,
            `/transactions/1-${detail.id.slice(0, 8)}-${detail.id.slice(8)}`,
        ],
        ["function:pricing timeouts", "/search"],
    ]) {
        await page.fill("#search", typed);
        await page.press("#search", "Enter");
        await page.waitForFunction((wanted) => location.pathname === wanted, path);
        await settled(page);
        assert.equal(new URL(page.url()).searchParams.get("range"), "24h");
    }
    assert.equal(new URL(page.url()).searchParams.get("q"), "function:pricing timeouts");
    await page.context().close();
});

test("back and forward lead through the pages, and a reload shows the same", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/?range=12h");
    await page.locator("[data-primary]", { hasText: "pricing" }).click();
    await page.waitForURL(/\/functions\/pricing/);
    await settled(page);
    await page.locator(".facts a").first().click();
    await page.waitForURL(/\/search/);
    await page.goBack();
    await page.waitForURL(/\/functions\/pricing\?range=12h/);
    await settled(page);
    assert.equal(await page.locator("h1").textContent(), "pricing");
    await page.goBack();
    await page.waitForURL(/\/\?range=12h/);
    await page.goForward();
    await page.waitForURL(/\/functions\/pricing/);
    await page.reload();
    await settled(page);
    assert.equal(await page.locator("h1").textContent(), "pricing");
    assertNoFaults(page);
    await page.context().close();
});

test("filters edit the query; pages of results follow the cursor without repeating a row", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/search?range=24h&live=0");
    assert.equal(await page.locator("tbody tr").count(), 50);
    await page.getByRole("button", { name: "Show 50 more" }).click();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 100);
    const keys = await page.$$eval("tbody tr", (rows) => rows.map((row) => row.dataset.row));
    assert.equal(new Set(keys).size, 100);
    await page.selectOption("select[aria-label=Function]", "pricing");
    await page.waitForURL(/q=function%3Apricing/);
    await page.locator("[data-flag=cold]").click();
    await page.waitForURL(/cold/);
    await settled(page);
    assert.equal(new URL(page.url()).searchParams.get("q"), "function:pricing cold");
    const found = await page.locator("tbody tr").count();
    assert.ok(found > 0 && found < 50);
    assert.match(await page.locator(".more").textContent(), /That is all/);
    await page.context().close();
});

test("the time range is chosen from a menu or typed, and every link has it afterwards", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/");
    await page.locator(".rangeButton").click();
    await page.getByRole("link", { name: "Last 12 hours" }).click();
    await page.waitForURL(/range=12h/);
    assert.equal(await page.locator(".rangeName").textContent(), "Last 12 hours");
    await page.locator(".rangeButton").click();
    await page.fill("input[name=from]", "2026-03-04 10:00");
    await page.fill("input[name=to]", "2026-03-04 09:00");
    await page.locator(".customRange button").click();
    assert.match(await page.locator(".formError").textContent(), /after the start/);
    await page.fill("input[name=to]", "2026-03-04 11:30");
    await page.locator(".customRange button").click();
    await page.waitForURL(/from=\d+&to=\d+/);
    assert.equal(await page.locator(".rangeName").textContent(), "2026-03-04 10:00 – 11:30");
    assert.equal(await page.locator(".live").getAttribute("aria-checked"), "false");
    const links = await page.$$eval(".nav a", (all) => all.map((each) => each.href));
    assert.ok(links.every((href) => /from=\d+&to=\d+/.test(href)));
    await page.locator(".live").click();
    await page.waitForFunction(() => !location.search.includes("from"));
    assert.equal(await page.locator(".live").getAttribute("aria-checked"), "true");
    await page.context().close();
});
