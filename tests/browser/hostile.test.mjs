// What functions report is hostile text: it is shown, and it does nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoFaults, launch, openPage, overflow, visit } from "./lib.mjs";
import { startMock } from "./mock-server.mjs";
import { hostile } from "./scenes.mjs";

let browser;
let mock;
before(async () => {
    browser = await launch();
    mock = await startMock({ scene: "hostile" });
});
after(async () => {
    await browser.close();
    await mock.close();
});

const paths = () => ({
    overview: "/",
    function: `/functions/${encodeURIComponent(hostile.markup.replaceAll(".", "~2E"))}`,
    transaction: `/transactions/${mock.shop().details[0].id}`,
    search: "/search",
    logs: "/logs",
    cost: `/cost?fn=${encodeURIComponent(hostile.markup)}`,
    alerts: "/alerts",
    status: "/status",
});

/** Everything on a page that telemetry could have smuggled in. */
function smuggled(page) {
    return page.evaluate(() => ({
        elements: document.querySelectorAll(
            "img, iframe, object, embed, base, main script, main style",
        ).length,
        handlers: [...document.querySelectorAll("*")].filter((each) =>
            each.getAttributeNames().some((name) => name.startsWith("on")),
        ).length,
        schemes: [...document.querySelectorAll("[href]")]
            .map((each) => each.href.baseVal ?? each.href)
            .filter((href) => !/^https?:|^\//.test(String(href))).length,
        ran: window.injected ?? null,
    }));
}

for (const name of ["overview", "function", "transaction", "search", "logs", "cost", "alerts", "status"]) {
    test(`hostile text on the page ${name} is text`, async () => {
        const page = await openPage(browser);
        await visit(page, mock, paths()[name]);
        assert.deepEqual(await smuggled(page), { elements: 0, handlers: 0, schemes: 0, ran: null });
        assertNoFaults(page);
        await page.context().close();
    });

    test(`hostile lengths on the page ${name} do not break a small screen`, async () => {
        const page = await openPage(browser, { width: 360, height: 740 });
        await visit(page, mock, paths()[name]);
        assert.equal(await overflow(page), 0);
        await page.context().close();
    });
}

test("markup is readable as what it is", async () => {
    const page = await openPage(browser);
    await visit(page, mock, paths().transaction);
    const bodies = await page.locator(".logText").allTextContents();
    assert.ok(bodies.includes(hostile.markup));
    await page.locator(".wfRow[data-type=span]").first().click();
    await page.waitForSelector(".details .attributes");
    const values = await page.locator(".details .attributes td").allTextContents();
    assert.ok(values.includes(hostile.markup));
    assert.ok(values.includes(hostile.link));
    assert.deepEqual(await smuggled(page), { elements: 0, handlers: 0, schemes: 0, ran: null });
    await page.context().close();
});

test("control characters and marks that reorder text are spelled out", async () => {
    const page = await openPage(browser);
    await visit(page, mock, paths().transaction);
    const text = await page.locator(".logList").textContent();
    assert.ok(text.includes("before␀after␛[31mred␇"));
    assert.ok(text.includes("⟨U+202E⟩"));
    for (const character of ["\u0000", "\u001b", "\u202E", "\u2066"]) {
        assert.ok(!(await page.locator("body").textContent()).includes(character));
    }
    await page.context().close();
});

test("a link from telemetry is only followed on this site", async () => {
    const page = await openPage(browser);
    await visit(page, mock, paths().alerts);
    const hosts = await page.$$eval("a[href]", (all) => [
        ...new Set(all.map((each) => new URL(each.href).host)),
    ]);
    assert.deepEqual(hosts, [new URL(mock.url).host]);
    await page.context().close();
});
