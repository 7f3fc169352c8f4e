// The function's page: charts, lanes, cold starts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoFaults, boxes, launch, near, openPage, settled, visit } from "./lib.mjs";
import { startMock } from "./mock-server.mjs";
import { lanes } from "./fixtures.mjs";

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

const ms = (ns) => Number(BigInt(ns) / 1000n) / 1000;

test("three charts, drawn by uPlot under the content security policy", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/checkout");
    await page.waitForFunction(() => document.querySelectorAll(".uplot canvas").length === 3);
    const painted = await page.$$eval(".uplot canvas", (all) =>
        all.map((canvas) => {
            const pixels = canvas
                .getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height).data;
            return pixels.some((value) => value !== 0);
        }),
    );
    assert.deepEqual(painted, [true, true, true]);
    assert.match(await page.locator(".plot").first().getAttribute("aria-label"), /ok: highest \d/);
    assertNoFaults(page);
    await page.context().close();
});

test("one lane per instance, newest first, each with its end in words", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/checkout?live=0");
    const all = lanes(mock.shop(), "checkout").instances;
    await page.waitForSelector(".lane");
    const numbers = await page.locator(".lane .laneNumber").allTextContents();
    assert.deepEqual(
        numbers,
        all.map((lane) => `#${lane.instance_no}`),
    );
    const ends = await page.locator(".lane .laneEnd span:last-child").allTextContents();
    const words = {
        spindown: "idle end",
        timeout: "timeout",
        failure: "failure",
        unknown: "end unknown",
    };
    assert.deepEqual(
        ends,
        all.map((lane) => (lane.end_reason ? words[lane.end_reason] : "alive")),
    );
    await page.context().close();
});

test("blocks lie where their times are and lead to their transaction", async () => {
    const page = await openPage(browser);
    const to = mock.nowMs;
    await visit(page, mock, `/functions/checkout?from=${to - 3_600_000}&to=${to}`);
    await page.waitForSelector(".lane");
    const lane = lanes(mock.shop(), "checkout").instances.find(
        (each) => each.invocations.length > 20,
    );
    const row = `.lane[data-instance="${lane.instance}"]`;
    const ids = await page.$$eval(`${row} .block:not([data-count])`, (all) =>
        all.map((each) => each.dataset.request),
    );
    const at = (id) => ms(lane.invocations.find((each) => each.request_id === id).start);
    const drawn = await boxes(page, `${row} .block:not([data-count]) .blockBody`);
    const first = { x: drawn[0].left, t: at(ids[0]) };
    const last = { x: drawn.at(-1).left, t: at(ids.at(-1)) };
    const scale = (last.x - first.x) / (last.t - first.t);
    assert.ok(scale > 0);
    drawn.forEach((box, i) =>
        near(box.left, first.x + (at(ids[i]) - first.t) * scale, 1.5, ids[i]),
    );
    await page.locator(`${row} .block[data-request="${ids[0]}"]`).click();
    await page.waitForURL(/\/transactions\//);
    await settled(page);
    assert.equal(new URL(page.url()).searchParams.get("from"), String(to - 3_600_000));
    assert.match(await page.locator(".details").textContent(), new RegExp(ids[0].slice(0, 8)));
    await page.context().close();
});

test("the tooltip tells about a block under the pointer and under the focus", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/checkout?live=0");
    await page.locator(".lane .block").first().hover();
    await page.waitForSelector(".tooltip:not([hidden])");
    assert.match(await page.locator(".tooltip").textContent(), /billed|invocations/);
    await page.mouse.move(5, 5);
    await page.waitForSelector(".tooltip", { state: "hidden" });
    await page.locator(".lane .block").first().focus();
    await page.waitForSelector(".tooltip:not([hidden])");
    await page.keyboard.press("ArrowRight");
    const inside = await page.evaluate(() => document.activeElement.classList.contains("block"));
    assert.equal(inside, true);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/(transactions|functions)\//);
    await page.context().close();
});

test("three hundred lanes scroll, with few elements and the cap said", async () => {
    const page = await openPage(browser);
    mock.scene = "lanes";
    await visit(page, mock, "/functions/checkout?live=0");
    await page.waitForSelector(".lane");
    assert.ok((await page.locator(".lane").count()) < 40);
    assert.match(
        await page.locator(".panelFoot").first().textContent(),
        /newest 300 instances; older ones are left out/,
    );
    await page.locator(".lanesScroller").evaluate((element) => {
        element.scrollTop = element.scrollHeight;
    });
    await page.waitForSelector('.lane[data-index="299"]');
    assert.ok((await page.locator(".lane").count()) < 40);
    const heads = await page.locator(".lane .laneNumber").allTextContents();
    assert.ok(heads.includes("#300"));
    mock.scene = "shop";
    assertNoFaults(page);
    await page.context().close();
});

test("arrow keys walk from lane to lane and scroll along", async () => {
    const page = await openPage(browser);
    mock.scene = "lanes";
    await visit(page, mock, "/functions/checkout?live=0");
    await page.locator('.lane[data-index="1"] .block').first().focus();
    for (let i = 0; i < 20; i++) {
        await page.keyboard.press("ArrowDown");
    }
    const index = await page.evaluate(() =>
        Number(document.activeElement.closest(".lane").dataset.index),
    );
    assert.equal(index, 21);
    mock.scene = "shop";
    await page.context().close();
});

test("cold starts: rate, proactive apart, distribution, slowest with cause and way", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/checkout");
    const text = await page.locator(".coldStarts").textContent();
    assert.match(text, /Rate/);
    assert.match(text, /Proactive2/);
    assert.ok((await page.locator(".histogramBar").count()) >= 4);
    assert.match(
        await page.locator(".slowest tbody tr").first().textContent(),
        /scale-out|after a failure|first ever|cause unknown|after idle end/,
    );
    await page.locator(".slowest tbody a").first().click();
    await page.waitForURL(/\/transactions\//);
    await page.context().close();
});

test("a chart's step leads to its transactions, dragging to a closer range", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/checkout?live=0");
    const over = page.locator(".u-over").first();
    const box = await over.boundingBox();
    await page.mouse.move(box.x + 40, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 160, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/from=\d+&to=\d+/);
    assert.equal(new URL(page.url()).pathname, "/functions/checkout");
    await settled(page);
    await page
        .locator(".u-over")
        .first()
        .click({ position: { x: 60, y: 40 } });
    await page.waitForURL(/\/search\?.*q=function%3Acheckout/);
    await page.context().close();
});

test("a function that nobody knows: said, with a way on", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/nobody");
    assert.match(
        await page.locator("[data-state=empty]").first().textContent(),
        /Nothing is known of this function/,
    );
    await page.getByRole("link", { name: "All functions" }).click();
    await page.waitForURL(/\/$/);
    await page.context().close();
});

test("what the agent costs, and what waits in frozen instances", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/checkout?live=0");
    await page.waitForSelector(".waitingLine");
    assert.match(
        await page.locator(".waitingLine").innerText(),
        /^Up to 17 records wait in 2 frozen instances, the oldest since /,
    );
    const agent = page.locator(".agentCost");
    const terms = await agent.locator("dt").allTextContents();
    assert.deepEqual(terms, [
        "CPU per invocation",
        "Held per invocation",
        "Held in all",
        "Cost of it",
        "Sent per invocation",
        "Memory",
    ]);
    const rows = (name) => agent.locator(`[data-unsent=${name}] tr`).allInnerTexts();
    const cells = async (name) => (await rows(name)).map((row) => row.trim().split(/\s*\t\s*/));
    assert.deepEqual(await cells("dropped"), [
        ["no room to wait", "18"],
        ["failed again and again", "2"],
    ]);
    assert.deepEqual(await cells("left_out"), [["lines of invocations without errors", "1,204"]]);
    const marks = page.locator(".laneEnd .icon-warning");
    assert.equal(
        await marks.first().getAttribute("aria-label"),
        "its agent dropped 20 records: no room to wait 18, failed again and again 2",
    );
    assert.equal(await marks.count(), 1);
    await visit(page, mock, "/functions/pricing?live=0");
    await page.waitForSelector("text=CPU per invocation");
    assert.equal(await page.locator(".waitingLine").count(), 0);
    assert.equal(await page.locator(".unsent").count(), 0);
    assertNoFaults(page);
    await page.context().close();
});
