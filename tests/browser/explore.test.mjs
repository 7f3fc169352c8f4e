// The page of metrics: a query becomes a chart and a table; what is wrong is said; labels are text.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { columnsOf, rowsOf, seriesName, shortNames, spanOf } from "../../ui-static/model/metrics.js";
import { assertNoFaults, launch, openPage, overflow, picture, settled, visit } from "./lib.mjs";
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

const hostile = '<img src=x onerror="window.injected=1">';

function matrix(query) {
    const [start, end, step] = ["start", "end", "step"].map((name) => Number(query.get(name)));
    const result = ["checkout", "stock", hostile].map((name, k) => ({
        metric: { __name__: "thaw_function_invocations_total", function: name },
        values: Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => [
            start + i * step,
            i === 3 ? "NaN" : String(k * 10 + Math.sin(i / 9) * 5 + 5),
        ]),
    }));
    return { status: 200, body: { status: "success", data: { resultType: "matrix", result } } };
}

function answering(pathname, query) {
    return pathname === "/api/v1/query_range" ? matrix(query) : null;
}

test("answers become columns and rows", () => {
    const answer = {
        data: { result: [{ metric: { a: 'x"y' }, values: [[15, "1"], [45, "+Inf"]] }, { metric: {}, values: [[0, "9"]] }] },
    };
    const rows = rowsOf(answer);
    assert.deepEqual(rows.map((row) => [row.name, row.last, row.least, row.most]), [
        ["{}", "9", 9, 9],
        ['{a="x\\"y"}', "+Inf", 1, 1],
    ]);
    const { seconds, columns } = columnsOf(rows, { start: 0, end: 45, step: 15 });
    assert.deepEqual(seconds, [0, 15, 30, 45]);
    assert.deepEqual(columns, [[9, null, null, null], [null, 1, null, null]]);
    assert.equal(seriesName({ __name__: "up" }), "up");
    assert.deepEqual(rowsOf({}), []);
    assert.deepEqual(spanOf(0, 3_600_000), { start: 0, end: 3600, step: 30 });
});

test("series are told apart by what they do not have in common", () => {
    const rows = [
        { __name__: "a", function: "f", version: "1" },
        { __name__: "a", function: "g", version: "1" },
        { __name__: "a", version: "1" },
    ].map((metric) => ({ name: seriesName(metric), metric }));
    assert.deepEqual(shortNames(rows), ['{function="f"}', '{function="g"}', "{}"]);
    assert.deepEqual(shortNames(rows.slice(0, 1)), ['a{function="f", version="1"}']);
    assert.deepEqual(shortNames([]), []);
});

test("a query is asked with the keyboard, drawn and listed", async () => {
    for (const theme of ["light", "dark"]) {
        const page = await openPage(browser, { theme });
        mock.intercept = answering;
        await visit(page, mock, "/explore?live=0");
        assert.match(await page.locator("[data-state=empty]").textContent(), /Ask for metrics/);
        await page.locator("input[name=expr]").fill("thaw_function_invocations_total");
        await page.keyboard.press("Enter");
        await page.waitForFunction(() => document.querySelectorAll(".explorePanel tbody tr").length === 3);
        await settled(page);
        assert.equal(new URL(page.url()).searchParams.get("expr"), "thaw_function_invocations_total");
        assert.equal(await page.locator(".explorePanel canvas").count(), 1);
        assert.equal(await page.locator("h1").textContent(), "Metrics");
        // The metric's name is all of theirs, and says nothing in the legend.
        const legend = await page.locator(".explorePanel .legend").textContent();
        assert.ok(legend.includes('{function="checkout"}'), legend);
        // What a label holds is text.
        assert.ok((await page.locator(".explorePanel").textContent()).includes("onerror"));
        assert.equal(await page.locator("main img").count(), 0);
        assert.equal(await page.evaluate(() => window.injected ?? null), null);
        assertNoFaults(page);
        await picture(page, `explore-${theme}`);
        await page.context().close();
    }
});

test("what is wrong with a query is said, and nothing found is, too", async () => {
    const page = await openPage(browser);
    mock.intercept = (pathname) =>
        pathname === "/api/v1/query_range"
            ? { status: 400, body: { status: "error", errorType: "bad_data", error: "1:3: parse error" } }
            : null;
    await visit(page, mock, "/explore?live=0&expr=1%2B");
    assert.match(await page.locator("[data-state=error]").textContent(), /1:3: parse error/);
    mock.intercept = (pathname) =>
        pathname === "/api/v1/query_range"
            ? { status: 200, body: { status: "success", data: { resultType: "matrix", result: [] } } }
            : null;
    await page.locator("[data-key=retry]").click();
    await page.waitForFunction(() => document.querySelector("[data-state=empty]") !== null);
    assertNoFaults(page);
    await page.context().close();
});

test("a small screen shows all of it", async () => {
    const page = await openPage(browser, { width: 360, height: 740 });
    mock.intercept = answering;
    await visit(page, mock, "/explore?live=0&expr=thaw_function_invocations_total");
    assert.equal(await overflow(page), 0);
    await picture(page, "explore-small");
    await page.context().close();
});
