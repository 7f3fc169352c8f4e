// Everything can be reached without a pointer.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, openPage, settled, visit } from "./lib.mjs";
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

const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim());

test("/ searches, Escape leaves the field, j and k walk rows, Enter opens", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/?live=0");
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "search");
    await page.keyboard.type("jkt");
    assert.equal(await page.inputValue("#search"), "jkt");
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    const names = await page.locator(".functionsPanel [data-primary]").allTextContents();
    assert.equal(await focused(page), names[0]);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    assert.equal(await focused(page), names[1]);
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`/functions/${names[1]}`));
    await page.context().close();
});

test("t opens the time range, arrows choose, Escape gives the focus back", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/");
    await page.keyboard.press("t");
    assert.equal(await focused(page), "Last hour");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(page), "Last 12 hours");
    await page.keyboard.press("Escape");
    assert.ok(await page.evaluate(() => document.activeElement.classList.contains("rangeButton")));
    await page.keyboard.press("t");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(/range=12h/);
    await page.context().close();
});

test("[ and ] go from invocation to invocation, j and k from row to row", async () => {
    const page = await openPage(browser);
    const detail = mock.shop().details.find((each) => each.invocations.some((row) => row.shared));
    await visit(page, mock, `/transactions/${detail.id}`);
    const title = (wanted) =>
        page.waitForFunction(
            (text) => document.querySelector(".details h2")?.textContent === text,
            wanted,
        );
    await title("front");
    await page.keyboard.press("]");
    await title("checkout");
    await page.keyboard.press("]");
    await title("stock");
    await page.keyboard.press("[");
    await title("checkout");
    await page.keyboard.press("j");
    await title("validate cart");
    await page.keyboard.press("k");
    await title("checkout");
    await page.context().close();
});

test("? shows the keys and Escape closes it", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/alerts");
    await page.keyboard.press("?");
    assert.match(await page.locator("dialog[open]").textContent(), /previous and next invocation/);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
    await page.context().close();
});

test("the first Tab skips to the content, and the focus is always visible", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/?live=0");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Skip to content");
    for (let i = 0; i < 25; i++) {
        await page.keyboard.press("Tab");
        const seen = await page.evaluate(() => {
            const style = getComputedStyle(document.activeElement);
            const tag = document.activeElement.tagName;
            return (
                tag === "BODY" ||
                (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
            );
        });
        assert.ok(seen, await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200)));
    }
    await page.context().close();
});

test("a refresh leaves the focus where it was", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/search?range=24h");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const before = await page.evaluate(() => document.activeElement.dataset.key);
    // The next answer is another one: its last row is gone.
    mock.intercept = (pathname, query) => {
        const given = answer(mock.shop(), pathname, query);
        return {
            ...given,
            body: { ...given.body, transactions: given.body.transactions?.slice(0, -1) },
        };
    };
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 49);
    mock.intercept = null;
    assert.equal(await page.evaluate(() => document.activeElement.dataset.key), before);
    await page.context().close();
});

test("every control has a name and every picture a word or nothing", async () => {
    const page = await openPage(browser);
    const detail = mock.shop().details[5];
    for (const path of [
        "/",
        "/functions/checkout",
        `/transactions/${detail.id}`,
        "/search",
        "/cost",
        "/tail",
        "/explore",
        "/alerts",
        "/status",
    ]) {
        await visit(page, mock, path);
        await settled(page);
        const nameless = await page.evaluate(() =>
            [...document.querySelectorAll("button, a[href], input, select")]
                .filter((each) => each.getClientRects().length > 0)
                .filter(
                    (each) =>
                        !(
                            each.getAttribute("aria-label") ||
                            each.textContent.trim() ||
                            each.title ||
                            each.labels?.length
                        ),
                )
                .map((each) => each.outerHTML.slice(0, 120)),
        );
        assert.deepEqual(nameless, [], path);
        const bare = await page.evaluate(
            () =>
                [...document.querySelectorAll("svg.icon")].filter(
                    (each) => !each.hasAttribute("aria-hidden") && !each.getAttribute("aria-label"),
                ).length,
        );
        assert.equal(bare, 0, path);
    }
    await page.context().close();
});
