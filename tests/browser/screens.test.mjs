// Every page at three widths, in light and in dark: nothing overflows, text can be read, and the
// pictures are kept where the build keeps them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

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

const paths = () => {
    const detail = mock
        .shop()
        .details.find(
            (each) => each.invocations.some((row) => row.shared) && each.invocations[0].cold,
        );
    return {
        overview: "/",
        function: "/functions/checkout",
        transaction: `/transactions/${detail.id}`,
        search: "/search?range=24h",
        cost: "/cost?budget=100&fn=checkout",
        alerts: "/alerts",
        status: "/status",
    };
};

/** Text whose contrast with what lies behind it is below 4.5 (3 where it is large). */
function faint(page) {
    return page.evaluate(() => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
        const parse = (colour) => {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
            return [r, g, b, a / 255];
        };
        const light = ([r, g, b]) =>
            [r, g, b]
                .map((value) => value / 255)
                .map((value) =>
                    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
                )
                .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = (element) => {
            const layers = [];
            for (let at = element; at; at = at.parentElement) {
                const style = getComputedStyle(at);
                if (style.backgroundImage !== "none") {
                    return null;
                }
                const colour = parse(style.backgroundColor);
                layers.push(colour);
                if (colour[3] === 1) {
                    break;
                }
            }
            return layers
                .reverse()
                .reduce(
                    (under, over) =>
                        over
                            .slice(0, 3)
                            .map((value, i) => value * over[3] + under[i] * (1 - over[3])),
                    [255, 255, 255],
                );
        };
        const found = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            if (
                !walker.currentNode.data.trim() ||
                element.closest("svg, noscript, .visuallyHidden, .skip, [hidden]") ||
                element.getClientRects().length === 0
            ) {
                continue;
            }
            const back = behind(element);
            if (back === null) {
                continue;
            }
            const style = getComputedStyle(element);
            const [a, b] = [light(parse(style.color)), light(back)].sort((x, y) => y - x);
            const ratio = (a + 0.05) / (b + 0.05);
            const size = parseFloat(style.fontSize);
            if (ratio < (size >= 24 || (size >= 18 && Number(style.fontWeight) >= 600) ? 3 : 4.5)) {
                found.push(
                    `${ratio.toFixed(2)} ${element.className || element.tagName}: ${walker.currentNode.data.trim().slice(0, 30)}`,
                );
            }
        }
        return [...new Set(found)];
    });
}

for (const theme of ["light", "dark"]) {
    for (const width of theme === "light" ? [1440, 1024, 390, 360] : [1440, 390]) {
        test(`all pages at ${width} in ${theme}`, async () => {
            const page = await openPage(browser, { width, height: width < 500 ? 844 : 900, theme });
            for (const [name, path] of Object.entries(paths())) {
                await visit(page, mock, path);
                assert.equal(await overflow(page), 0, `${name} is wider than the window`);
                if (width === 1440) {
                    assert.deepEqual(await faint(page), [], name);
                }
                await picture(page, `${name}-${width}-${theme}`);
            }
            assertNoFaults(page);
            await page.context().close();
        });
    }
}

test("the theme follows the system, a click chooses another, a reload keeps it", async () => {
    const page = await openPage(browser, { theme: "dark" });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await visit(page, mock, "/");
    const dark = await background();
    await page.locator(".themeButton").click();
    const light = await background();
    assert.notEqual(light, dark);
    await page.reload();
    assert.equal(await background(), light);
    await page.locator(".themeButton").click();
    assert.equal(await background(), dark);
    await page.context().close();
});

test("whoever wants less motion gets none", async () => {
    const page = await openPage(browser, { motion: "reduce" });
    await visit(page, mock, "/");
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    const moving = await openPage(browser, { motion: "no-preference" });
    await visit(moving, mock, "/");
    assert.ok((await moving.evaluate(() => document.getAnimations().length)) > 0);
    await page.context().close();
    await moving.context().close();
});

test("on a small screen the details come as a sheet and go again", async () => {
    const page = await openPage(browser, { width: 390, height: 844 });
    await visit(page, mock, paths().transaction);
    await page.locator(".wfRow[data-type=span]").first().click();
    await page.waitForSelector(".sheet[data-open]");
    const box = await page.locator(".sheet").boundingBox();
    assert.ok(box.y + box.height <= 845 && box.height <= 844 * 0.6);
    await page.locator(".sheetClose").click();
    assert.equal(await page.locator(".sheet[data-open]").count(), 0);
    await page.context().close();
});
