// In which order lists stand: chosen with keys, in the address, the same over pages and refreshes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoFaults, launch, openPage, settled, visit } from "./lib.mjs";
import { answer, startMock } from "./mock-server.mjs";

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

/** When the rows of a list happened, from the first to the last that is shown. */
const times = (page, selector) =>
    page.$$eval(selector, (elements) => elements.map((element) => Date.parse(element.dateTime)));

const ascends = (values) => values.every((value, i) => i === 0 || values[i - 1] <= value);

const lists = {
    "/search": { row: "main tbody tr", time: "main td[data-column=start] time" },
    "/logs": { row: ".logRow", time: ".logRow .logTime time" },
};

for (const [path, { row, time }] of Object.entries(lists)) {
    test(`${path}: o and an arrow ask for the oldest first, and pages go on from there`, async () => {
        const page = await openPage(browser);
        await visit(page, mock, `${path}?live=0&range=24h`);
        await page.waitForSelector(row);
        const newest = await times(page, time);
        assert.ok(newest.length > 1 && ascends([...newest].reverse()));
        await page.keyboard.press("o");
        assert.equal(await page.evaluate(() => document.activeElement.dataset.key), "order");
        await page.keyboard.press("End");
        await page.waitForURL(/order=oldest/);
        await settled(page);
        await page.waitForSelector(row);
        // Whoever chose with keys goes on with keys.
        assert.equal(await page.evaluate(() => document.activeElement.dataset.key), "order");
        const oldest = await times(page, time);
        assert.ok(ascends(oldest));
        assert.ok(oldest[0] < newest.at(-1), "these are others than the newest");
        const shown = await page.locator(row).count();
        await page.locator("[data-key=more]").click();
        await page.waitForFunction(
            ([selector, count]) => document.querySelectorAll(selector).length > count,
            [row, shown],
        );
        assert.ok(ascends(await times(page, time)));
        await page.getByLabel("Order").selectOption({ label: "Newest first" });
        await page.waitForFunction(() => !location.search.includes("order="));
        assert.match(new URL(page.url()).search, /range=24h/);
        assertNoFaults(page);
        await page.context().close();
    });

    test(`${path}: the address is the order, and one that nobody knows is the newest first`, async () => {
        const page = await openPage(browser);
        await visit(page, mock, `${path}?live=0&range=24h&order=oldest`);
        await page.waitForSelector(row);
        assert.equal(await page.getByLabel("Order").inputValue(), "oldest");
        assert.ok(ascends(await times(page, time)));
        await visit(page, mock, `${path}?live=0&range=24h&order=sideways`);
        await page.waitForSelector(row);
        assert.ok(ascends((await times(page, time)).reverse()));
        await page.context().close();
    });
}

test("the heading of the start turns the list round", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/search?live=0&range=24h");
    const heading = page.locator("th [data-key=order-start]");
    assert.equal(await heading.getAttribute("aria-current"), "true");
    await heading.click();
    await page.waitForURL(/order=oldest/);
    await settled(page);
    assert.equal(await heading.locator(".icon-up").count(), 1);
    await heading.click();
    await page.waitForFunction(() => !location.search.includes("order="));
    await page.context().close();
});

test("the oldest first stay first while new ones come", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/search?range=24h&order=oldest");
    const shown = await page.locator("main tbody tr").count();
    await page.locator("[data-key=more]").click();
    await page.waitForFunction(
        (count) => document.querySelectorAll("main tbody tr").length > count,
        shown,
    );
    const before = await times(page, lists["/search"].time);
    // The window of time has moved: what was the oldest is not in the answer any more.
    let asked = 0;
    mock.intercept = (pathname, query) => {
        const given = answer(mock.shop(), pathname, query);
        asked += pathname.endsWith("/transactions") ? 1 : 0;
        return { ...given, body: { ...given.body, transactions: given.body.transactions?.slice(1) } };
    };
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    while (asked === 0) {
        await page.waitForTimeout(20);
    }
    await settled(page);
    mock.intercept = null;
    assert.deepEqual(await times(page, lists["/search"].time), before);
    await page.context().close();
});
