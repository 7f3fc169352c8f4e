// The page of lines as they come: a stream that the test feeds.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createEventReader } from "../../ui-static/model/events.js";
import { assertNoFaults, boxes, launch, openPage, overflow, picture } from "./lib.mjs";
import { startMock } from "./mock-server.mjs";
import { hostile } from "./scenes.mjs";

let browser;
let mock;
before(async () => {
    browser = await launch();
    mock = await startMock();
});
after(async () => {
    for (const response of mock.tails) {
        response.destroy();
    }
    await browser.close();
    await mock.close();
});

const id = "7bfde78e-f841-4c60-b081-49a2437c5145";
const line = (body, more = {}) => ({
    time: String(BigInt(Date.now()) * 1000000n),
    function: "checkout",
    instance_no: 1,
    request_id: id,
    trace_id: null,
    severity: 9,
    level: "INFO",
    body,
    message: body,
    ...more,
});

async function openTail(path = "/tail", options = {}) {
    const page = await openPage(browser, options);
    const before = mock.tails.size;
    await page.goto(mock.url + path);
    await page.waitForFunction(() => /at most 200 a second/.test(document.querySelector(".tailState")?.textContent));
    for (let i = 0; mock.tails.size === before && i < 100; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return page;
}

const rows = (page) => page.locator(".tailPanel .logRow");
const wait = (page, count) =>
    page.waitForFunction((n) => document.querySelectorAll(".tailPanel .logRow").length === n, count);

test("lines and ends of invocations come on top, and lead to their transaction", async () => {
    const page = await openTail();
    assert.match(await page.locator(".tailPanel").textContent(), /Nothing has come yet/);
    mock.tell("line", line("the first"));
    mock.tell("line", line("it failed", { severity: 17, level: "ERROR" }));
    mock.tell("invocation", { ...line(""), status: "success", cold: true, init_ms: 310, duration_ms: 25, billed_ms: 336, max_memory_mb: 70 });
    await wait(page, 3);
    const texts = await rows(page).allTextContents();
    assert.match(texts[0], /invocation success.*cold, init 310 ms.*25 ms.*billed 336 ms.*70 MB/);
    assert.match(texts[1], /it failed/);
    assert.match(texts[2], /the first/);
    assert.equal(await rows(page).nth(1).getAttribute("data-grade"), "error");
    assert.match(await page.locator(".tailState").textContent(), /3 lines so far/);
    await picture(page, "tail");
    await rows(page).nth(1).locator("a.logTime").click();
    await page.waitForURL(new RegExp(`/transactions/${id}`));
    assertNoFaults(page);
    await page.context().close();
});

test("a pause holds what comes, and going on shows it", async () => {
    const page = await openTail();
    await page.locator("[data-key=pause]").click();
    mock.tell("line", line("held"));
    mock.tell("line", line("held, too"));
    await page.waitForFunction(() => /2 lines waiting/.test(document.querySelector(".tailState").textContent));
    assert.equal(await rows(page).count(), 0);
    await page.locator("[data-key=pause]").click();
    await wait(page, 2);
    assertNoFaults(page);
    await page.context().close();
});

test("what is left out is told, and rows are bounded", async () => {
    const page = await openTail();
    mock.tell("limited", { left_out: 40, rate: 200 });
    mock.tell("gap", { skipped: null });
    mock.tell("gap", { skipped: 7 });
    await wait(page, 3);
    const texts = await rows(page).allTextContents();
    assert.match(texts[2], /40 lines left out: more than 200 a second/);
    assert.match(texts[1], /started anew/);
    assert.match(texts[0], /7 lines in between/);
    // A note has the whole row, not the column of levels.
    const notes = await boxes(page, ".tailNote");
    assert.ok(notes.every((note) => note.height < 40), JSON.stringify(notes));
    for (let i = 0; i < 3; i++) {
        for (let k = 0; k < 300; k++) {
            mock.tell("line", line(`line ${i} ${k}`));
        }
        await page.waitForFunction((n) => document.querySelector(".tailPanel .logRow").textContent.includes(`line ${n} 299`), i);
    }
    assert.equal(await rows(page).count(), 500);
    await page.context().close();
});

test("a stream that ends is asked for again, from where it ended", async () => {
    const page = await openTail();
    mock.tell("line", line("before"));
    await wait(page, 1);
    const last = mock.told;
    for (const response of mock.tails) {
        response.end();
    }
    await page.waitForFunction(() => /asking again/.test(document.querySelector(".tailState").textContent));
    await page.waitForFunction(() => /at most 200/.test(document.querySelector(".tailState").textContent));
    assert.ok(mock.requests.at(-1).includes(`last_event_id=${last}`), mock.requests.at(-1));
    await page.context().close();
});

test("a query that is refused is marked, and hostile lines are text", async () => {
    const page = await openPage(browser);
    mock.intercept = (pathname) =>
        pathname.endsWith("/tail")
            ? { status: 400, body: { error: { code: "bad_query", message: "a quote is not closed", position: 0, length: 1 } } }
            : null;
    await page.goto(`${mock.url}/tail?q=%22x`);
    await page.waitForSelector(".tailPanel .queryError");
    mock.intercept = null;
    await page.context().close();
    const small = await openTail("/tail", { width: 390, theme: "dark" });
    for (const text of Object.values(hostile)) {
        mock.tell("line", line(text, { function: text, level: text.slice(0, 30) }));
    }
    await wait(small, Object.keys(hostile).length);
    assert.equal(await overflow(small), 0);
    assert.equal(await small.evaluate(() => window.injected ?? null), null);
    assert.equal(await small.locator(".tailPanel img, .tailPanel script").count(), 0);
    await picture(small, "tail-hostile-390");
    assertNoFaults(small);
    await small.context().close();
});

test("events are read in whatever pieces they come", () => {
    const text = ": a comment\n\nevent: line\r\nid: 7\r\ndata: {\"a\":\ndata: 1}\n\ndata: x\n\nevent: none\n\n";
    const expected = [
        { event: "line", data: '{"a":\n1}', id: "7" },
        { event: "message", data: "x", id: null },
    ];
    for (let size = 1; size <= text.length; size++) {
        const reader = createEventReader();
        const events = [];
        for (let at = 0; at < text.length; at += size) {
            events.push(...reader.push(text.slice(at, at + size)));
        }
        assert.deepEqual(events, expected, `pieces of ${size}`);
    }
    assert.throws(() => createEventReader().push("x".repeat(1_000_001)));
});
