// What is shipped: every file is named in the build, every import leads to a file, and the pure layer
// stays pure.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../ui-static");
const files = readdirSync(root, { recursive: true })
    .map(String)
    .filter((name) => !name.startsWith("node_modules") && /\.(js|css|html|svg)$/.test(name))
    .sort();
const text = (name) => readFileSync(path.join(root, name), "utf8");
const scripts = files.filter((name) => name.endsWith(".js"));

test("every file is compiled in, and nothing that is not there", () => {
    const list = /set\(assets\n([^)]*)\)/
        .exec(text("CMakeLists.txt"))[1]
        .trim()
        .split(/\s+/)
        .sort();
    assert.deepEqual(list, files);
});

test("every import and every link leads to a file", () => {
    for (const name of scripts) {
        for (const [, target] of text(name).matchAll(
            /^import .*?"([^"]+)";$|\} from "([^"]+)";$/gm,
        )) {
            const wanted = target ?? /from "([^"]+)"/.exec(text(name))[1];
            const file = wanted.startsWith("/vendor/")
                ? path.join("node_modules/uplot/dist", path.basename(wanted))
                : path.join(path.dirname(name), wanted);
            assert.ok(existsSync(path.join(root, file)), `${name} imports ${wanted}`);
        }
    }
    for (const [, target] of text("index.html").matchAll(/(?:href|src)="(\/[^"#]+)"/g)) {
        assert.ok(target.startsWith("/vendor/") || existsSync(path.join(root, target)), target);
    }
});

test("counted things are told through plural(), so that one is one", () => {
    const things = "attempt|count|event|function|instance|invocation|line|record|span|transaction";
    for (const name of scripts) {
        const found = new RegExp(`\\bcount\\([^{}]*\\)\\}? (${things})s\\b.*`).exec(text(name));
        // "after 2 attempts" is said of more than one only.
        const fine = found === null || found[0].startsWith("count(each.attempts)");
        assert.ok(fine, `${name}: ${found?.[0]}`);
    }
});

test("pure modules know no document, no network and no clock", () => {
    const pure = [
        "state.js",
        "time.js",
        "format.js",
        ...scripts.filter((name) => name.startsWith("model/")),
    ];
    for (const name of pure) {
        const code = text(name).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
        for (const word of [
            /\bdocument\b/,
            /\bwindow\b/,
            /\bfetch\b/,
            /\blocalStorage\b/,
            /Date\.now/,
            /Math\.random/,
        ]) {
            assert.ok(!word.test(code), `${name} uses ${word}`);
        }
    }
});

test("only api.js fetches, and layers look one way", () => {
    for (const name of scripts) {
        if (name !== "api.js") {
            assert.ok(!/\bfetch\(/.test(text(name)), `${name} fetches`);
        }
        if (name.startsWith("widgets/")) {
            assert.ok(!/from "\.\.\/pages\//.test(text(name)), `${name} knows a page`);
        }
        if (name.startsWith("model/")) {
            assert.ok(
                !/from "\.\.\/(widgets|pages|h|api)/.test(text(name)),
                `${name} knows the view`,
            );
        }
    }
});

test("text from outside cannot become markup", () => {
    for (const name of scripts) {
        assert.ok(
            !/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|javascript:/.test(
                text(name),
            ),
            name,
        );
    }
    assert.ok(!/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/.test(text("index.html")));
});

test("only tokens.css names colours", () => {
    for (const name of files.filter(
        (each) => each.endsWith(".css") && each !== "style/tokens.css",
    )) {
        const colours = [...text(name).matchAll(/#[0-9a-f]{3,8}\b/gi)].map((match) => match[0]);
        assert.deepEqual(colours, [], name);
    }
});
