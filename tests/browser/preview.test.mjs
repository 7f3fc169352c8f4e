// Preview of rules on the page of alerts: a text becomes a chart, a timeline and a list; mistakes have
// places; what is loaded comes into the text; labels are text.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
    chartOf,
    firingsOf,
    labelWords,
    notesOf,
    positionOf,
    ruleText,
    spansOf,
} from "../../ui-static/model/preview.js";
import { assertNoFaults, launch, openPage, overflow, picture, visit } from "./lib.mjs";
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
const hour = 3_600_000;
const now = Date.UTC(2026, 10, 30, 12);
const ns = (ms) => String(BigInt(Math.round(ms)) * 1_000_000n);

function preview() {
    const from = now - 168 * hour;
    const step = 1260;
    const points = 480;
    const bump = (i, at) => Math.exp(-((i - at) ** 2) / 30) * 0.4;
    const values = (k) =>
        Array.from({ length: points }, (_, i) =>
            i < 60 ? null : 0.02 * (k + 1) + (k === 0 ? bump(i, 140) + bump(i, 390) : bump(i, 300) * 0.8),
        );
    const at = (point) => ns(from + point * step * 1000);
    return {
        from: ns(from),
        to: ns(now),
        rules: [
            {
                name: "ErrorRate",
                group: "draft",
                file: "draft",
                line: 1,
                kind: "alert",
                expr: "errors > 0.1",
                for_s: 300,
                keep_firing_for_s: 0,
                step_s: 15,
                evaluations: 40_320,
                failures: 2,
                error: "many-to-many matching",
                failed_at: at(100),
                until: ns(now),
                fired: 3,
                resolved: 2,
                alerts: [
                    {
                        fingerprint: "9d41b7c20f6e8a35",
                        labels: { alertname: "ErrorRate", function: "checkout" },
                        fired: 2,
                        spans: [
                            { state: "pending", from: at(136), to: at(138), value: 0.12 },
                            { state: "firing", from: at(138), to: at(146), value: 0.31 },
                            { state: "no_data", from: at(200), to: at(230), value: null },
                            { state: "firing", from: at(386), to: null, value: 0.28 },
                        ],
                    },
                    {
                        fingerprint: "1f00aa7c93b2d410",
                        labels: { function: hostile },
                        fired: 1,
                        spans: [{ state: "firing", from: at(297), to: at(304), value: 0.22 }],
                    },
                ],
                left_out: 0,
                chart: {
                    above: true,
                    compares: true,
                    from: ns(from),
                    step_s: step,
                    series: [
                        { labels: { __name__: "errors", function: "checkout" }, alert: true, values: values(0) },
                        { labels: { function: hostile }, alert: true, values: values(1) },
                    ],
                    threshold: Array.from({ length: points }, () => 0.1),
                    more_series: 4,
                },
            },
        ],
        reads: [
            { metric: "thaw_function_errors_total", first: at(60) },
            { metric: "misspelled_total", first: null },
        ],
        partial: true,
        reasons: ["what was counted of invocations before coarse_before is known by the hour or day only"],
        coarse_before: at(120),
        messages: [
            { receiver: "team", kind: "slack", messages: 3, resolved: 2 },
            { receiver: "nobody", kind: "webhook", messages: 0, resolved: 0 },
        ],
        warm_s: 300,
        took_ms: 412,
    };
}

const answering = (body, status = 200) => (pathname) =>
    pathname === "/api/thaw/v1/rules/preview" ? { status, body } : null;

test("a rule becomes a text that says the same", () => {
    const text = ruleText({
        name: "A: b",
        kind: "alert",
        expr: "x > 1\n  and y",
        for_s: 300,
        keep_firing_for_s: 0,
        labels: { severity: "warning" },
        annotations: { summary: 'says "{{ $value }}"\nand more' },
    });
    assert.equal(
        text,
        'alert: "A: b"\nexpr: |\n  x > 1\n  and y\nfor: 300s\nlabels:\n  severity: "warning"\nannotations:\n' +
            '  summary: "says \\"{{ $value }}\\"\\nand more"\n',
    );
    assert.equal(positionOf("ab\ncd\nef", 2, 2), 4);
    assert.equal(positionOf("ab", 9, 9), 2);
    assert.equal(positionOf("ab", 0, 0), 0);
});

test("an answer becomes lanes, firings, columns and notes", () => {
    const answer = preview();
    const rule = answer.rules[0];
    const from = now - 168 * hour;
    const spans = spansOf(rule.alerts[0], from, now);
    assert.deepEqual(spans.map((span) => span.state), ["pending", "firing", "no_data", "firing"]);
    assert.ok(Math.abs(spans[3].left + spans[3].width - 1) < 1e-9);
    assert.ok(spans[3].open);
    // What began before is cut where the time begins.
    const [cut] = spansOf({ spans: [{ state: "firing", from: ns(0), to: null, value: 1 }] }, from, now);
    assert.deepEqual([cut.left, cut.width], [0, 1]);
    assert.deepEqual(
        firingsOf(rule, now).map((each) => [labelWords(each.labels), each.value]),
        [
            ["function=checkout", 0.28],
            [`function=${hostile}`, 0.22],
            ["function=checkout", 0.31],
        ],
    );
    const chart = chartOf(rule, 1);
    assert.equal(chart.columns.length, 1);
    assert.equal(chart.seconds.length, 480);
    assert.equal(chart.seconds[1] - chart.seconds[0], 1260);
    assert.equal(chart.more, 5);
    assert.equal(chart.threshold[0], 0.1);
    assert.deepEqual(notesOf(answer).map((note) => note.kind), ["partial", "missing", "begins"]);
    assert.deepEqual(notesOf({ from: "0" }), []);
    assert.deepEqual(chartOf({}, 3).columns, []);
    assert.equal(labelWords({ alertname: "x" }), "no labels");
});

for (const [theme, width] of [["light", 1440], ["dark", 1440], ["light", 360], ["dark", 360]]) {
    test(`a rule is previewed with the keyboard, ${theme}, ${width} wide`, async () => {
        const page = await openPage(browser, { theme, width, height: 900 });
        mock.intercept = answering(preview());
        await visit(page, mock, "/alerts?live=0");
        await page.locator("textarea[name=rules]").focus();
        await page.keyboard.press("Tab");
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.textContent), "Preview");
        await page.keyboard.press("Enter");
        await page.waitForSelector(".previewRule .uplot");
        const body = mock.bodies.at(-1);
        assert.match(body.rules, /^alert: ManyErrors/);
        assert.ok(Date.now() - body.from >= 7 * 24 * hour);
        const text = await page.locator(".previewAnswer").textContent();
        assert.match(text, /It would have fired 3 times, 2 alerts\./);
        assert.match(text, /team would have been told 3 times, and 2 times that it is over/);
        assert.doesNotMatch(text, /nobody would/);
        assert.match(text, /2 evaluations failed: many-to-many/);
        assert.match(text, /There is no data of misspelled_total/);
        assert.match(text, /Data of thaw_function_errors_total begins/);
        assert.match(text, /Not all of it: what was counted/);
        assert.match(text, /4 more series are not drawn/);
        assert.equal(await page.locator(".previewLane").count(), 2);
        assert.equal(await page.locator(".previewSpan[data-state=firing]").count(), 3);
        await page.locator(".previewFirings summary").focus();
        await page.keyboard.press("Enter");
        assert.equal(await page.locator(".previewFirings tbody tr").count(), 3);
        assert.equal(await overflow(page), 0);
        assert.equal(await page.evaluate(() => window.injected ?? null), null);
        assert.equal(await page.locator("main img").count(), 0);
        assertNoFaults(page);
        await picture(page, `preview-${theme}-${width}`);
        await page.context().close();
    });
}

test("mistakes have places in the text", async () => {
    const page = await openPage(browser);
    mock.intercept = answering(
        {
            error: { code: "bad_rules", message: "draft:2:7: expr: parse error" },
            mistakes: [{ line: 2, column: 7, message: `expr: ${hostile}` }],
        },
        400,
    );
    await visit(page, mock, "/alerts?live=0");
    await page.locator("textarea[name=rules]").fill("alert: X\nexpr: sum(\n");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    await page.getByRole("button", { name: "Line 2, column 7" }).click();
    assert.deepEqual(
        await page.locator("textarea[name=rules]").evaluate((field) => [
            document.activeElement === field,
            field.selectionStart,
        ]),
        [true, 15],
    );
    assert.equal(await page.locator("main img").count(), 0);
    assertNoFaults(page);
    await page.context().close();
});

test("a rule that is evaluated comes into the text, and a refusal can be tried again", async () => {
    const page = await openPage(browser);
    mock.intercept = answering({ error: { code: "busy", message: "another preview is being made" } }, 429);
    await visit(page, mock, "/alerts?live=0");
    await page.locator(".alertCard.rule button").first().click();
    await page.waitForSelector(".previewAnswer [data-state=error]");
    assert.match(await page.locator(".previewAnswer").textContent(), /another preview/);
    const rule = mock.bodies.at(-1).rules;
    assert.match(rule, /^alert: /);
    assert.match(rule, /expr: \|/);
    mock.intercept = answering(preview());
    await page.getByRole("button", { name: "Try again" }).click();
    await page.waitForSelector(".previewRule");
    assertNoFaults(page);
    await page.context().close();
});

test("the history of alerts is asked for when it is opened", async () => {
    const page = await openPage(browser, { width: 360 });
    const history = [
        { rule: "Errors", state: "firing", labels: { alertname: "Errors", function: hostile }, from: ns(now - hour), to: null },
        { rule: "Errors", state: "pending", labels: { function: "checkout" }, from: ns(now - 2 * hour), to: ns(now - hour) },
    ];
    mock.intercept = (pathname) =>
        pathname === "/api/thaw/v1/alerts/history"
            ? { status: 200, body: { history, more: 3, partial: false, since: ns(now - 9 * hour) } }
            : null;
    await visit(page, mock, "/alerts?live=0");
    assert.ok(!mock.requests.at(-1).includes("history"));
    await page.locator(".alertHistory summary").focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".alertHistory tbody tr");
    const text = await page.locator(".alertHistory").textContent();
    assert.match(text, /still/);
    assert.match(text, /1\s*h/);
    assert.match(text, /3 older spans not shown/);
    assert.equal(await page.locator("main img").count(), 0);
    assert.equal(await overflow(page), 0);
    assertNoFaults(page);
    await picture(page, "alert-history-360");
    await page.context().close();
});
