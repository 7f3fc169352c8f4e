// The search language as the page sees it: what fits at the cursor, and the parts with switches.

import assert from "node:assert/strict";
import { test } from "node:test";

import { markedAt, quoted, suggest } from "../../ui-static/model/language.js";
import { changeQuery, readQuery, writeQuery } from "../../ui-static/model/query.js";

const offered = (text) => suggest(text, text.length).items.map((item) => item.text);

test("names are offered that begin as typed, and what they take", () => {
    assert.deepEqual(offered("fu"), ["function:"]);
    assert.deepEqual(offered("a (-le"), ["level:"]);
    assert.deepEqual(offered("level:>=w"), [">=warn"]);
    assert.deepEqual(offered("cold:"), ["true", "false"]);
    assert.deepEqual(offered(""), []);
    assert.deepEqual(offered("function:"), []);
    assert.deepEqual(offered('"fu'), []);
    assert.deepEqual(suggest("fu level", 2).items.length, 1);
    assert.equal(suggest("a -fu", 5).from, 3);
});

test("values are quoted where they are more than a word", () => {
    assert.equal(quoted("stock"), "stock");
    assert.equal(quoted("my stock"), '"my stock"');
    assert.equal(quoted('a"b\\c'), '"a\\"b\\\\c"'.replace('"a', '"a'));
    assert.equal(quoted("a*"), '"a*"');
    assert.equal(quoted("1..2"), '"1..2"');
});

test("quotes, parentheses and ORs stay whole", () => {
    const q = 'function:"my stock" (a OR b) errors -"not this" level:>=warn';
    assert.deepEqual(readQuery(q), {
        function: "my stock",
        errors: true,
        timeouts: false,
        cold: false,
        rest: ["(a OR b)", '-"not this"', "level:>=warn"],
    });
    assert.equal(
        writeQuery(readQuery(q)),
        'function:"my stock" errors (a OR b) -"not this" level:>=warn',
    );
    assert.deepEqual(readQuery("function:a OR errors").rest, ["function:a OR errors"]);
    assert.equal(readQuery("function:a OR errors").errors, false);
    assert.equal(changeQuery("a OR b", { cold: true }), "cold (a OR b)");
    assert.equal(readQuery("-errors error:true").errors, true);
    assert.deepEqual(readQuery("-errors error:true").rest, ["-errors"]);
    assert.equal(readQuery("function:check*").function, null);
});

test("a wrong place is counted in characters", () => {
    assert.deepEqual(markedAt("😀 (a", 2, 1), { before: "😀 ", wrong: "(", after: "a" });
    assert.deepEqual(markedAt("a OR", 4, 0), { before: "a OR", wrong: "", after: "" });
});
