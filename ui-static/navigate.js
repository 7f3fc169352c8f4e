/**
 * Going somewhere: the address changes first, the page follows it.
 */

/**
 * @param {string} href On this site.
 * @param {{replace?: boolean}} [options] replace: no new entry in the history.
 */
export function go(href, { replace = false } = {}) {
    const url = new URL(href, location.href);
    if (url.origin !== location.origin) {
        return;
    }
    if (replace) {
        history.replaceState(history.state, "", url);
    } else {
        history.replaceState({ ...history.state, scroll: window.scrollY }, "");
        history.pushState({ scroll: 0 }, "", url);
    }
    window.dispatchEvent(new CustomEvent("thaw:navigate", { detail: { replace } }));
}

/**
 * Follow plain clicks on links of this site without loading the document again.
 * @param {Document} root
 */
export function followLinks(root) {
    root.addEventListener("click", (event) => {
        const link = event.target.closest?.("a[href]");
        const plain =
            event.button === 0 &&
            !event.metaKey &&
            !event.ctrlKey &&
            !event.shiftKey &&
            !event.altKey &&
            !event.defaultPrevented;
        if (!link || !plain || link.target === "_blank" || link.hasAttribute("download")) {
            return;
        }
        const url = new URL(link.href);
        const samePlace = url.pathname === location.pathname && url.search === location.search;
        if (url.origin !== location.origin || (samePlace && url.hash !== "")) {
            return;
        }
        event.preventDefault();
        go(url.href, { replace: samePlace || link.hasAttribute("data-replace") });
    });
}
