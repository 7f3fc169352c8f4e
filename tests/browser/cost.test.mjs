// The page of costs: the month, what it is for, why it changed, what other memory would do.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoFaults, launch, openPage, picture, settled, visit } from "./lib.mjs";
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

test("the month: to date, expected with a band, and hours that stand out", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/cost");
    const text = await page.locator(".monthPanel").textContent();
    for (const words of ["$41.50", "$124.25", "$110.50", "$150.75", "the same hours of the last four weeks"]) {
        assert.ok(text.includes(words), words);
    }
    const spikes = page.locator(".monthPanel tbody tr");
    assert.equal(await spikes.count(), 2);
    // A spike leads to the dearest transactions of its function in that hour.
    const url = new URL(await spikes.first().locator("td[data-column=cost] a").evaluate((a) => a.href));
    assert.equal(url.searchParams.get("order"), "cost");
    assert.equal(Number(url.searchParams.get("to")) - Number(url.searchParams.get("from")), 3_600_000);
    assertNoFaults(page);
    await picture(page, "cost");
    await page.context().close();
});

test("a budget is set in the address and says when it is spent", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/cost?live=0");
    await page.locator("input[name=budget]").fill("100");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.search.includes("budget=100"));
    await settled(page);
    assert.match(await page.locator(".monthPanel").textContent(), /Budget\$100\.00.*expected.*spent at/);
    await visit(page, mock, "/cost?budget=500");
    assert.match(await page.locator(".monthPanel").textContent(), /enough for this month/);
    await page.context().close();
});

test("rows may be of something else, which stands in the address", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/cost?live=0");
    const links = page.locator(".costPanel .byLinks a");
    assert.deepEqual(await links.allTextContents(), [
        "function", "version", "trigger", "application", "environment", "route", "deploy",
    ]);
    assert.equal(await links.first().getAttribute("aria-current"), "true");
    await page.locator(".costPanel .byLinks a", { hasText: "route" }).click();
    await page.waitForFunction(() => location.search.includes("by=route"));
    await settled(page);
    assert.match(await page.locator(".costPanel thead").textContent(), /^Route/);
    assert.equal(await page.locator(".costPanel tbody a").count(), 0);
    assert.match(await page.locator(".costPanel tbody tr").first().textContent(), /97/);
    assert.match(await page.locator(".costPanel thead").textContent(), /Streaming.*Failed/);
    assert.match(await page.locator(".costPanel .panelFoot").textContent(), /for errors .* for retries/);
    assertNoFaults(page);
    await picture(page, "cost-by-route");
    await page.context().close();
});

test("every sum leads to what is behind it, in the same time range", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/cost?range=12h&live=0");
    const rows = page.locator(".costPanel tbody tr");
    assert.equal(await rows.count(), 5);
    const name = await rows.first().locator("[data-primary]").textContent();
    const links = await rows.first().locator("a").evaluateAll((all) => all.map((each) => each.href));
    for (const href of links) {
        assert.equal(new URL(href).searchParams.get("range"), "12h", href);
    }
    await rows.first().locator("td[data-column=cost] a").click();
    await settled(page);
    const url = new URL(page.url());
    assert.deepEqual([url.pathname, url.searchParams.get("q"), url.searchParams.get("order")], ["/search", `function:${name}`, "cost"]);
    assertNoFaults(page);
    await page.context().close();
});

test("what changed sums up, the whole below its parts", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/cost?range=12h");
    const rows = page.locator(".changePanel tbody tr");
    assert.equal(await rows.count(), 6);
    assert.match(await rows.last().textContent(), /^All/);
    const exact = await rows.last().locator(".money").evaluateAll((all) => all.map((each) => Number.parseFloat(each.title)));
    const [before, now, difference, ...parts] = exact;
    assert.ok(Math.abs(now - before - difference) < 1e-13);
    assert.ok(Math.abs(parts.reduce((a, b) => a + b, 0) - difference) < 1e-12);
    await page.context().close();
});

test("other memory sizes of one function, opened and closed by the address", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/cost?live=0");
    await page.locator("[data-key=whatif-checkout]").click();
    await settled(page);
    const panel = page.locator(".whatIfPanel");
    assert.equal(await panel.locator("tbody").first().locator("tr").count(), 12);
    const kept = panel.locator("table", { hasText: "Instances that are kept" }).locator("tbody tr");
    assert.equal(await kept.count(), 3);
    assert.match(await kept.nth(1).textContent(), /1.*87\.5.%.*2.*0\.0089/);
    assert.match(await panel.textContent(), /240 invocations as they came, 2 at the same time at most/);
    assert.match(await panel.textContent(), /512.MB in use/);
    assert.match(await panel.textContent(), /128.MB would save .* of a million handlers.*off by 4\.2.%.*240 invocations/);
    await picture(page, "cost-whatif");
    await panel.locator("a", { hasText: "Close" }).click();
    await settled(page);
    assert.equal(await page.locator(".whatIfPanel").count(), 0);
    assertNoFaults(page);
    await page.context().close();
});

test("what would save most is ranked, and leads to what it rests on", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/cost?range=12h&live=0");
    const rows = page.locator(".advicePanel tbody tr");
    assert.equal(await rows.count(), 2);
    assert.match(await rows.first().textContent(), /checkout.*512.MB instead of 1,?024.MB.*4\.2.%/);
    assert.match(await rows.last().textContent(), /arm64 instead of x86_64.*not known/);
    await rows.first().locator("td[data-column=samples] a").click();
    await settled(page);
    assert.equal(await page.locator(".whatIfPanel").count(), 1);
    assertNoFaults(page);
    await page.context().close();
});

test("what is paid for besides has a column and is in the bill", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/cost?range=12h&live=0");
    assert.equal(await page.locator(".costPanel td[data-column=besides]").count(), 0);
    mock.shop().keptReady = true;
    await visit(page, mock, "/cost?range=12h&live=0");
    const row = page.locator(".costPanel tbody tr").filter({ hasText: "checkout" });
    assert.match(await row.locator("td[data-column=besides]").textContent(), /18\.00/);
    assert.match(await page.locator(".costPanel .panelFoot").textContent(), /18\.00\d* besides, which makes/);
    delete mock.shop().keptReady;
    assertNoFaults(page);
    await page.context().close();
});

test("too little to say is said", async () => {
    const page = await openPage(browser);
    mock.intercept = (pathname) =>
        pathname.endsWith("/whatif")
            ? { status: 200, body: { function: "x", rows: [], invocations: 3, invocations_needed: 20 } }
            : null;
    await visit(page, mock, "/cost?fn=x");
    assert.match(await page.locator(".whatIfPanel").textContent(), /3 invocations in this time; 20 are needed/);
    assert.equal(await page.locator(".whatIfPanel table").count(), 0);
    const row = { instances: 0, served: 0, cold_starts: 1, init_ms_total: 9, invocations: "1", standing: "0", cost: "1" };
    mock.intercept = (pathname) =>
        pathname.endsWith("/whatif")
            ? {
                  status: 200,
                  body: {
                      function: "x", rows: [], invocations: 3, invocations_needed: 20, currency: "USD",
                      kept: { invocations: 30, peak: 1, model_error: 0.02, rows: [row] },
                  },
              }
            : null;
    await visit(page, mock, "/cost?fn=x&live=0");
    assert.match(await page.locator(".whatIfPanel").textContent(), /20 are needed.*kept ready.*off by 2/);
    mock.intercept = null;
    await page.context().close();
});
