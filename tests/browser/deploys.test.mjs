// Deploys as marks of charts, and matchers as people write them.

import assert from "node:assert/strict";
import test from "node:test";

import { deployName, markShares, marksIn, marksOf } from "../../ui-static/model/deploys.js";
import { splitMatchers } from "../../ui-static/model/matchers.js";

const now = 1_772_600_000_000;
const ns = (ms) => String(BigInt(Math.round(ms * 1000)) * 1000n);

test("deploys are marks of the time that is shown, those beside each other one", () => {
    const deploy = (atMs, name, version = "2") => ({ at: ns(atMs), function: name, version });
    const deploys = [
        deploy(now + 3_000_000, "late"),
        deploy(now + 1_800_000, "d"),
        deploy(now + 600_000 + 3_000, "c"),
        deploy(now + 600_000 + 2_000, "b"),
        deploy(now + 600_000 + 1_000, "a"),
        deploy(now + 600_000, ""),
        deploy(now - 1, "before"),
    ];
    const marks = marksOf(deploys, now, now + 2_400_000);
    assert.deepEqual(marks, [
        { atMs: now + 600_000, label: "Deploy of all functions 2, a 2, b 2 and 1 more", count: 4 },
        { atMs: now + 1_800_000, label: "Deploy of d 2", count: 1 },
    ]);
    assert.deepEqual(marksIn(marks, now + 600_000, now + 660_000), [marks[0]]);
    assert.deepEqual(marksIn(marks, now + 660_000, Infinity), [marks[1]]);
    assert.deepEqual(markShares(marks, now, now + 2_400_000), [0.25, 0.75]);
    assert.deepEqual(markShares(marks, now, now), []);
    assert.equal(deployName({ function: "f", version: "" }), "f");
});

test("matchers are told apart by commas outside of quotes", () => {
    assert.deepEqual(splitMatchers('a="b,c", d=~"e\\"," ,f=g'), ['a="b,c"', 'd=~"e\\","', "f=g"]);
    assert.deepEqual(splitMatchers(" , "), []);
});
