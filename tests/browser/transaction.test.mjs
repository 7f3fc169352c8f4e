// The transaction: what is drawn is where it happened, and logs, spans and details follow each other.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoFaults, boxes, launch, near, openPage, settled, visit } from "./lib.mjs";
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

const ms = (ns) => Number(BigInt(ns) / 1000n) / 1000;
const coldAndShared = () =>
    mock
        .shop()
        .details.find(
            (each) => each.invocations.some((row) => row.shared) && each.invocations[0].cold,
        );

/** What one row draws, by the words of its label. */
function rowBars(page, label, selector) {
    return page.$$eval(
        ".wfRow",
        (rows, [wanted, inner]) =>
            rows
                .filter((row) => row.querySelector(".wfLabel").textContent.includes(wanted))
                .flatMap((row) =>
                    [...row.querySelectorAll(inner)].map((bar) => {
                        const { left, width } = bar.getBoundingClientRect();
                        return {
                            left,
                            width,
                            segment: bar.dataset.segment ?? null,
                            title: bar.title,
                        };
                    }),
                ),
        [label, selector],
    );
}

test("segments lie where their times are: one scale for all of them", async () => {
    const page = await openPage(browser);
    const detail = coldAndShared();
    await visit(page, mock, `/transactions/${detail.id}`);
    const [front] = detail.invocations;
    const zero = ms(front.init_start);
    const bars = await rowBars(page, "front #1", ".segment");
    assert.deepEqual(
        bars.map((bar) => bar.segment),
        ["init", "handler", "post_handler"],
    );
    const [init, handler] = bars;
    const scale = init.width / front.init_ms;
    near(handler.width, front.handler_ms * scale, 2, "width of the handler");
    const track = (await boxes(page, ".wfTrack"))[0];
    near(init.left, track.left, 1.5, "the first moment is at the left edge");
    for (const row of detail.invocations.slice(1)) {
        const [first] = (await rowBars(page, `${row.function} #1`, ".segment")).filter(
            (bar) => bar.segment === (row.cold ? "init" : "handler"),
        );
        const at = row.cold ? ms(row.init_start) : ms(row.start);
        near(first.left, track.left + (at - zero) * scale, 2.5, `${row.function} begins`);
    }
    for (const span of detail.spans.filter(
        (each) => each.name === "price order" || each.name === "invoke checkout",
    )) {
        const [bar] = await rowBars(page, span.name, ".spanBar");
        near(bar.left, track.left + (ms(span.start) - zero) * scale, 2.5, `${span.name} begins`);
        near(bar.width, Math.max(2, span.duration_ms * scale), 2.5, `${span.name} lasts`);
    }
    assertNoFaults(page);
    await page.context().close();
});

test("the billed bracket is as long as what the platform billed and takes in a billed init", async () => {
    const page = await openPage(browser);
    const detail = coldAndShared();
    await visit(page, mock, `/transactions/${detail.id}`);
    const [front] = detail.invocations;
    const [init] = await rowBars(page, "front #1", ".segment");
    const [billed] = await rowBars(page, "front #1", ".billed");
    near(billed.left, init.left, 1.5, "begins with the init");
    near(billed.width, front.billed_ms * (init.width / front.init_ms), 2, "is as long as billed");
    await page.context().close();
});

test("a queue's wait is a dotted bar from send to start, with its length in words", async () => {
    const page = await openPage(browser);
    const detail = coldAndShared();
    await visit(page, mock, `/transactions/${detail.id}`);
    const [wait] = await rowBars(page, "order-placed", ".linkBar");
    const [send] = await rowBars(page, "send order-placed", ".spanBar");
    near(wait.left, send.left + send.width, 3, "begins where the send ends");
    const notify = detail.invocations.find((row) => row.function === "notify");
    const [handler] = (await rowBars(page, "notify #1", ".segment")).filter(
        (bar) => bar.segment === "handler",
    );
    near(wait.left + wait.width, handler.left, 3, "ends where the consumer starts");
    const words = await page.locator(".wfRow[data-type=link] .beside").first().textContent();
    assert.match(words, /^waited \d/);
    const served = notify.shared.transactions.length;
    assert.ok(served > 1);
    assert.match(
        await page.locator(".serves").first().textContent(),
        new RegExp(`serves ${served} transactions`),
    );
    await page.context().close();
});

test("a shared batch says so in words and leads to the other transactions", async () => {
    const page = await openPage(browser);
    const detail = coldAndShared();
    const { shared } = detail.invocations.find((row) => row.shared);
    await visit(page, mock, `/transactions/${detail.id}?range=24h`);
    const text = await page.locator(".honesty").textContent();
    assert.match(
        text,
        new RegExp(
            `notify serves ${shared.transactions.length} transactions in one batch; its cost is divided by ${shared.messages} messages`,
        ),
    );
    assert.equal(
        await page.locator(".logShared").count(),
        detail.logs.filter((log) => log.shared).length,
    );
    const other = shared.transactions.find((each) => each.id !== detail.id);
    await page.locator(".honesty a").first().click();
    await page.waitForURL(
        (url) =>
            url.pathname === `/transactions/${other.id}` && url.searchParams.get("range") === "24h",
    );
    await settled(page);
    assert.ok((await page.locator(".wfRow").count()) > 0);
    await page.context().close();
});

test("details follow the selection with the fixed names of durations", async () => {
    const page = await openPage(browser);
    const detail = coldAndShared();
    await visit(page, mock, `/transactions/${detail.id}`);
    const names = await page.locator(".details .durations dt").allTextContents();
    assert.deepEqual(names.slice(0, 7), [
        "init",
        "handler",
        "response",
        "post_handler",
        "wait",
        "reported",
        "billed",
    ]);
    await page.locator(".wfRow", { hasText: "load rules" }).click();
    await page.waitForFunction(
        () => document.querySelector(".details h2").textContent === "load rules",
    );
    assert.match(await page.locator(".details").textContent(), /db\.operation\s*GetItem/);
    assert.match(page.url(), /sel=s%3A[0-9a-f]{16}/);
    await page.reload();
    await settled(page);
    assert.equal(await page.locator(".details h2").textContent(), "load rules");
    assert.equal(
        await page.locator(".wfRow[aria-selected=true] .spanName").textContent(),
        "load rules",
    );
    await page.context().close();
});

test("details tell what the environment used, and nothing where nobody read it", async () => {
    const page = await openPage(browser);
    const detail = coldAndShared();
    await visit(page, mock, `/transactions/${detail.id}?live=0`);
    const facts = page.locator(".environment");
    await facts.waitFor();
    const terms = await facts.locator("dt").allTextContents();
    assert.deepEqual(terms.slice(0, 4), ["CPU, user", "CPU, system", "memory used", "/tmp used"]);
    assert.match(await facts.innerText(), /open files\s+412/);
    assertNoFaults(page);
    await page.context().close();
});

test("cost: the parts of the functions and the whole are on the page, exact in their titles", async () => {
    const page = await openPage(browser);
    const detail = coldAndShared();
    await visit(page, mock, `/transactions/${detail.id}`);
    const whole = await page.locator(".figure .money").getAttribute("title");
    assert.equal(whole, `${detail.cost.amount} USD`);
    const parts = await page
        .locator(".costParts li")
        .evaluateAll((all) => all.map((each) => Number(each.title.split(" ")[0])));
    near(
        parts.reduce((sum, part) => sum + part, 0),
        Number(detail.cost.amount),
        1e-15,
        "sum of the parts",
    );
    await page.context().close();
});

test("logs keep the collector's order, carry their instance, and are linked with spans both ways", async () => {
    const page = await openPage(browser);
    const detail = coldAndShared();
    await visit(page, mock, `/transactions/${detail.id}`);
    const bodies = await page.locator(".logText").allTextContents();
    assert.deepEqual(
        bodies,
        detail.logs.map((log) => log.body),
    );
    const tags = await page.locator(".logLine .tag").allTextContents();
    assert.deepEqual(
        tags,
        detail.logs.map((log) => `${log.function} #${log.instance_no}`),
    );
    const line = page.locator(".logLine", { hasText: "rules=17" });
    await line.hover();
    await page.waitForFunction(() =>
        document.querySelector(".wfRow[data-hot] .wfLabel")?.textContent.startsWith("pricing"),
    );
    await page.locator(".wfRow[data-type=invocation]", { hasText: "stock" }).hover();
    await page.waitForFunction(() =>
        document.querySelector(".logLine[data-hot]")?.textContent.includes("reserve order"),
    );
    await line.locator(".logTag").click();
    await page.waitForFunction(
        () => document.querySelector(".details h2").textContent === "pricing",
    );
    await page.context().close();
});

test("levels filter, relative time toggles, and both are in the URL", async () => {
    const page = await openPage(browser);
    const detail = mock.shop().details.find((each) => each.logs.some((log) => log.severity >= 17));
    await visit(page, mock, `/transactions/${detail.id}`);
    await page.selectOption("select[aria-label=Level]", "error");
    await page.waitForURL(/level=error/);
    const errors = detail.logs.filter((log) => log.severity >= 17).length;
    await page.waitForFunction(
        (wanted) => document.querySelectorAll(".logLine").length === wanted,
        errors,
    );
    await page.getByRole("switch", { name: "Relative time" }).click();
    await page.waitForURL(/relative=1/);
    assert.match(await page.locator(".logTime").first().textContent(), /^\+\d/);
    assert.ok((await page.locator(".logLine .icon-error").count()) > 0);
    await page.context().close();
});

test("attempts are numbered, failures are marked by picture and word", async () => {
    const page = await openPage(browser);
    const detail = mock
        .shop()
        .details.find((each) => each.invocations.some((row) => row.attempt === 2));
    await visit(page, mock, `/transactions/${detail.id}`);
    assert.match(await page.locator(".wfRow", { hasText: "attempt 2" }).textContent(), /notify/);
    assert.ok(
        (await page
            .locator(".wfRow[data-failed] .icon-error, .wfRow[data-failed] .icon-timeout")
            .count()) > 0,
    );
    await page.context().close();
});

test("dragging over the ruler looks closer, and back", async () => {
    const page = await openPage(browser);
    await visit(page, mock, `/transactions/${coldAndShared().id}`);
    const [before] = await rowBars(page, "front #1", ".segment");
    const [ruler] = await boxes(page, ".wfRuler");
    await page.mouse.move(ruler.left, ruler.top + 10);
    await page.mouse.down();
    await page.mouse.move(ruler.left + ruler.width / 2, ruler.top + 10, { steps: 4 });
    await page.mouse.up();
    const [closer] = await rowBars(page, "front #1", ".segment");
    near(closer.width, before.width * 2, 3, "twice as wide");
    await page.getByRole("button", { name: "Show all" }).click();
    const [again] = await rowBars(page, "front #1", ".segment");
    near(again.width, before.width, 1, "as before");
    await page.context().close();
});

test("five thousand spans: few elements, keys, the last row within reach", async () => {
    const page = await openPage(browser);
    mock.scene = "big";
    const [detail] = mock.shop().details;
    await visit(page, mock, `/transactions/${detail.id}?live=0`);
    assert.ok((await page.locator(".wfRow").count()) < 80);
    assert.ok((await page.locator(".logLine").count()) <= 1000);
    await page.locator(".wfScroller").focus();
    await page.keyboard.press("End");
    await page.waitForFunction(
        () => document.querySelector(".wfRow[aria-selected=true]")?.dataset.index > 5000,
    );
    const moved = await page.evaluate(async () => {
        const selected = () =>
            Number(document.querySelector(".wfRow[aria-selected=true]").dataset.index);
        const from = selected();
        for (let i = 0; i < 50; i++) {
            document
                .querySelector(".wfScroller")
                .dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp" }));
        }
        await new Promise((resolve) => requestAnimationFrame(resolve));
        return from - selected();
    });
    assert.equal(moved, 50, "each key moves by one row");
    assert.ok((await page.locator(".wfRow").count()) < 80);
    mock.scene = "shop";
    assertNoFaults(page);
    await page.context().close();
});

test("where the time went: what was waited for, each function's part, and the path in the waterfall", async () => {
    const page = await openPage(browser);
    const detail = coldAndShared();
    const [front] = detail.invocations;
    const span = detail.spans.find((each) => each.request_id === front.request_id);
    span.critical_ms = 60;
    detail.waited = {
        start: detail.start,
        ms: 100,
        queue_ms: 0,
        init_ms: 40,
        handler_ms: 60,
        outside_ms: 0,
        unknown_ms: 0,
    };
    detail.critical_path = {
        start: detail.start,
        ms: 100,
        left_out: 0,
        steps: [
            { start: detail.start, ms: 40, part: "queue", function: front.function, span_id: null },
            { start: front.start, ms: 60, part: "handler", span_id: span.span_id },
        ],
    };
    detail.functions = [
        {
            function: "<b>front</b>",
            invocations: 1,
            errors: 0,
            cold_starts: 1,
            busy_ms: 60,
            critical_ms: 60,
            billed_ms: 100,
            cost_share: front.cost_share,
        },
    ];
    await visit(page, mock, `/transactions/${detail.id}`);
    const parts = await page.locator(".waitedParts li").allInnerTexts();
    assert.deepEqual(parts.map((each) => each.replace(/\s+/g, " ")), [
        "init 40.0 ms 40.0 %",
        "handlers 60.0 ms 60.0 %",
    ]);
    assert.equal(await page.locator(".timeSpent th[scope=row]").innerText(), "<b>front</b>");
    assert.equal(await page.locator('.wfRow[data-type="invocation"][data-critical]').count(), 1);
    assertNoFaults(page);
    await page.context().close();
});
