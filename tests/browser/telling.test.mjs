// Deploys on charts; silences, and messages with what became of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoFaults, launch, openPage, visit } from "./lib.mjs";
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

test("deploys are marked in charts and tiles, and named", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/checkout");
    await page.waitForSelector(".deployLine:not([hidden])");
    assert.match(await page.locator(".deployLine").textContent(), /3 deploys.*checkout 42.*checkout 41.*all functions/);
    await page.waitForFunction(() =>
        [...document.querySelectorAll(".plot")].every((each) =>
            each.getAttribute("aria-label").includes("Deploy of checkout 42"),
        ),
    );
    await visit(page, mock, "/functions/stock");
    await page.waitForSelector(".deployLine:not([hidden])");
    assert.match(await page.locator(".deployLine").textContent(), /1 deploy.*all functions/);
    for (const path of ["/", "/cost"]) {
        await visit(page, mock, path);
        await page.waitForSelector(".deployLine:not([hidden])");
    }
    await visit(page, mock, "/");
    await page.waitForSelector(".tile .sparkMark");
    assert.equal(await page.locator(".tile .sparkMark").count(), 6);
    assertNoFaults(page);
    await page.context().close();
});

test("without deploys nothing is said of them", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/checkout?range=5m");
    await page.waitForSelector(".chart");
    assert.ok(await page.locator(".deployLine").isHidden());
    assertNoFaults(page);
    await page.context().close();
});

test("silences are listed, made and ended", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/alerts");
    await page.waitForSelector(".silences tbody tr");
    const first = await page.locator(".silences tbody tr").first().textContent();
    for (const text of ['function="stock"', "mia", "migration of the table", "active"]) {
        assert.ok(first.includes(text), text);
    }
    assert.equal(await page.locator(".silences button").count(), 1);

    await page.locator(".newSilence summary").click();
    await page.fill(".silenceForm [name=matchers]", 'function="a,b", alertname=~"Cold.*"');
    await page.fill(".silenceForm [name=author]", "me");
    await page.fill(".silenceForm [name=reason]", "deploy");
    await page.selectOption(".silenceForm [name=hours]", "4");
    await page.locator(".silenceForm button").click();
    await page.waitForFunction(() => document.querySelectorAll(".silences tbody tr").length === 3);
    const { method, parts, body: said } = mock.changes.at(-1);
    assert.deepEqual([method, parts], ["POST", ["silences"]]);
    assert.deepEqual(said.matchers, ['function="a,b"', 'alertname=~"Cold.*"']);
    assert.deepEqual([said.author, said.reason], ["me", "deploy"]);
    const hours = (Date.parse(said.ends_at) - Date.now()) / 3_600_000;
    assert.ok(hours > 3.9 && hours <= 4);

    await page.locator(".silences tbody tr").first().locator("button").click();
    await page.waitForFunction(
        () => document.querySelector(".silences tbody tr").dataset.state === "expired",
    );
    assert.deepEqual(mock.changes.at(-1).parts, ["silences", "3"]);

    await page.fill(".silenceForm [name=matchers]", "everything");
    await page.fill(".silenceForm [name=author]", "me");
    await page.fill(".silenceForm [name=reason]", "no");
    await page.locator(".silenceForm button").click();
    await page.waitForSelector(".silenceForm [role=alert]:not([hidden])");
    assert.match(await page.locator(".silenceForm [role=alert]").textContent(), /a matcher is/);
    await page.context().close();
});

test("messages say what became of them", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/alerts");
    await page.waitForSelector(".messages tbody tr");
    const rows = await page.locator(".messages tbody tr").allTextContents();
    assert.equal(rows.length, 3);
    assert.match(rows[0], /oncall.*pagerduty.*waiting after 4 attempts.*503/s);
    assert.match(rows[1], /team.*slack.*delivered/s);
    assert.match(rows[2], /email.*failed.*550 no such mailbox/s);
    assert.match(await page.locator(".messagesPanel .panelFoot").textContent(), /3 messages, 1 waiting, 1 given up/);
    assertNoFaults(page);
    await page.context().close();
});
