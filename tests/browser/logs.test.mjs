// What comes from log streams: it is shown as such, unknown is unknown and never 0, and somebody who
// has imported an old export sees where it is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoFaults, launch, openPage, overflow, picture, settled, visit } from "./lib.mjs";
import { startMock } from "./mock-server.mjs";

let browser;
let mock;
before(async () => {
    browser = await launch();
    mock = await startMock({ scene: "imported" });
});
after(async () => {
    await browser.close();
    await mock.close();
});

/** The range in which the imported hour lies. */
function then(plus = "") {
    const agoMs = 30 * 86_400_000;
    return `?from=${mock.nowMs - agoMs - 3_600_000}&to=${mock.nowMs - agoMs + 60_000}${plus}`;
}

/** The newest transaction that is told by logs and has several lines. */
function detailOf(test = () => true) {
    return mock.shop().details.find((each) => each.logs.length > 3 && test(each));
}

test("data of another time: the overview says so and leads there", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/");
    const state = page.locator(".functionsPanel [data-state=empty]");
    assert.match(await state.textContent(), /There is data of another time/);
    const button = state.locator("[data-key=newest]");
    assert.match(await button.textContent(), /Show the newest data, of \d{4}-\d\d-\d\d/);
    await picture(page, "imported-elsewhen-light");
    await button.click();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length > 0);
    await settled(page);
    assert.equal(await page.locator(".functionsPanel tbody tr").count(), 5);
    assert.match(new URL(page.url()).search, /from=\d+&to=\d+/);
    assertNoFaults(page);
    await page.context().close();
});

test("a function page without data in its time leads to its newest", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/functions/checkout");
    await page.locator("[data-state=empty] [data-key=newest]").click();
    await page.waitForFunction(() => document.querySelector(".headFacts") !== null);
    assertNoFaults(page);
    await page.context().close();
});

test("functions beside those of the range are counted below the list", async () => {
    const page = await openPage(browser);
    const rows = mock.shop().functionRows(0, mock.nowMs);
    mock.intercept = (pathname, query) =>
        pathname.endsWith("/functions") && query.get("from") !== "0"
            ? { status: 200, body: { functions: rows.slice(0, 2) } }
            : null;
    await visit(page, mock, "/");
    await page.waitForSelector(".elsewhen");
    assert.match(await page.locator(".elsewhen").textContent(), /^3 functions more have data/);
    mock.intercept = null;
    await page.locator(".elsewhen a").click();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 5);
    await page.context().close();
});

test("rows of logs have badge and provider, Duration where the wait is unknown, never 0", async () => {
    const page = await openPage(browser);
    await visit(page, mock, `/${then()}`);
    const badges = await page.locator(".functionsPanel .sourceBadge").allTextContents();
    assert.deepEqual(badges.sort(), ["agent + logs", "logs", "logs", "logs", "logs"]);
    assert.match(await page.locator(".functionsPanel").textContent(), /Google Cloud/);
    const cells = page.locator(".functionsPanel td[data-column=p95]");
    const texts = await cells.allTextContents();
    assert.equal(texts.filter((text) => /Duration$/.test(text)).length, 4, texts.join("; "));
    assert.ok(
        texts.every((text) => !/^0/.test(text)),
        texts.join("; "),
    );
    assert.equal(await page.locator("[data-tile='Wait p95']").count(), 0);
    const tile = page.locator("[data-tile='Duration p95']");
    assert.match(await tile.getAttribute("title"), /do not tell when the answer was sent/);
    assert.match(await tile.locator(".tileValue").textContent(), /^[1-9]/);
    assertNoFaults(page);
    await page.context().close();
});

test("a function's page names its durations for what they are", async () => {
    const page = await openPage(browser);
    const [logs] = mock.shop().functionRows(0, mock.nowMs);
    await visit(page, mock, `/functions/${logs.name}${then()}`);
    const facts = await page.locator(".headFacts").textContent();
    assert.match(facts, /Duration p50 · p95 · p99/);
    assert.doesNotMatch(facts, /Wait p50/);
    const charts = await page.locator(".charts").textContent();
    assert.match(charts, /Duration/);
    assert.doesNotMatch(charts, /Wait of the caller/);
    assert.equal(await page.locator(".chips .sourceBadge").textContent(), "logs");
    assertNoFaults(page);
    await page.context().close();
});

test("a transaction of logs: derived spans, unknown with its reason, and no 0", async () => {
    const page = await openPage(browser);
    const detail = detailOf((each) => each.invocations[0].cold);
    await visit(page, mock, `/transactions/${detail.id}`);
    const figure = page.locator(".figure", { hasText: "wait" });
    assert.match(await figure.textContent(), /unknown/);
    assert.match(await figure.getAttribute("title"), /do not tell when the answer was sent/);
    assert.match(await page.locator(".honesty").textContent(), /Known from log streams alone/);
    const invocations = page.locator(".wfRow[data-type=invocation]");
    assert.equal(await invocations.count(), detail.invocations.length);
    assert.equal(await page.locator(".wfRow[data-type=span]").count(), 0, "they are its rows");
    assert.ok((await page.locator(".segment[data-segment=init]").count()) > 0);
    assert.match(await invocations.first().locator(".wfTrack").getAttribute("title"), /Duration/);
    const details = page.locator(".details");
    const facts = await details.textContent();
    assert.match(facts, /told bylogs/);
    for (const name of ["handler", "response", "post_handler", "wait"]) {
        const fact = details.locator(".durations div", {
            has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }),
        });
        assert.equal(await fact.locator("dd").textContent(), "unknown", name);
        assert.match(await fact.getAttribute("title"), /Log streams do not tell/, name);
    }
    assertNoFaults(page);
    await page.context().close();
});

test("log lines: without the runtime's prefix, with their level, a stack trace as one", async () => {
    const page = await openPage(browser);
    const detail = detailOf();
    await visit(page, mock, `/transactions/${detail.id}`);
    const lines = page.locator(".logLine");
    assert.equal(await lines.count(), detail.logs.length);
    const texts = await lines.locator(".logText").allTextContents();
    assert.ok(texts.every((text) => !/^\[(INFO|ERROR)\]/.test(text.replace(/^.*Z\t\S+\t/, ""))));
    const trace = lines.filter({ hasText: "Traceback" });
    assert.match(await trace.locator(".logLevel").textContent(), /ERROR/);
    assert.equal(await trace.locator(".logParts").textContent(), "6 lines");
    await trace.locator(".logMore").click();
    assert.match(await trace.locator(".logExtra pre").textContent(), /\[ERROR\][\s\S]*OutOfStock/);
    assertNoFaults(page);
    await page.context().close();
});

test("without stream names no instance is numbered, and it is said", async () => {
    const page = await openPage(browser);
    const detail = mock.shop().details[1];
    await visit(page, mock, `/transactions/${detail.id}`);
    assert.match(await page.locator(".honesty").textContent(), /no stream names/);
    const tags = await page.locator(".wfLabel .tag").allTextContents();
    assert.ok(
        tags.every((text) => text.endsWith(" #?")),
        tags.join("; "),
    );
    await page.context().close();
});

test("the status page counts deliveries and shows what was of no use", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/status");
    const box = page.locator(".statusBox", { hasText: "Log streams" });
    assert.match(await box.textContent(), /Billed Duration is no number/);
    assertNoFaults(page);
    await page.context().close();
});

test("an empty dashboard tells how to begin without an agent", async () => {
    const page = await openPage(browser);
    mock.scene = "empty";
    await visit(page, mock, "/");
    const text = await page.locator(".functionsPanel [data-state=empty]").textContent();
    assert.match(text, /aws logs filter-log-events[\s\S]*thaw --endpoint http\S+ import FILE/);
    assert.match(text, /THAW_ENDPOINT/);
    mock.scene = "imported";
    await page.context().close();
});

for (const [name, options] of Object.entries({
    light: {},
    dark: { theme: "dark" },
    narrow: { width: 390, height: 844 },
})) {
    test(`pictures, and nothing that is wider than the window: ${name}`, async () => {
        const page = await openPage(browser, options);
        const detail = detailOf((each) => each.invocations[0].cold);
        const [logs] = mock.shop().functionRows(0, mock.nowMs);
        for (const [what, path] of Object.entries({
            overview: `/${then()}`,
            function: `/functions/${logs.name}${then()}`,
            transaction: `/transactions/${detail.id}`,
            status: "/status",
            elsewhen: "/",
        })) {
            await visit(page, mock, path);
            assert.ok((await overflow(page)) <= 0, `${what} overflows`);
            await picture(page, `imported-${what}-${name}`);
        }
        mock.scene = "empty";
        await visit(page, mock, "/");
        assert.ok((await overflow(page)) <= 0, "the empty overview overflows");
        await picture(page, `empty-overview-${name}`);
        mock.scene = "imported";
        assertNoFaults(page);
        await page.context().close();
    });
}
