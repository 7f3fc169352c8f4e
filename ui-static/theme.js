// Runs before the first paint, so that a chosen theme never flashes the other one.
// Not a module: modules run after the document is parsed.
(function () {
    "use strict";
    try {
        const theme = localStorage.getItem("thaw.theme");
        if (theme === "dark" || theme === "light") {
            document.documentElement.dataset.theme = theme;
        }
    } catch {
        // Storage may be forbidden; the system's theme is used then.
    }
})();
