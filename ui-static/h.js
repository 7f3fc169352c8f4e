/**
 * Elements, and the only way in which this dashboard makes them.
 *
 * What a function reports is hostile text: names, messages and attributes come from strangers.
 * They become text nodes and checked attributes here, never markup.
 */

const svgNamespace = "http://www.w3.org/2000/svg";
const allowedSchemes = new Set(["http:", "https:"]);
const forbidden = new Set([
    "style",
    "srcdoc",
    "innerhtml",
    "outerhtml",
    "src",
    "action",
    "formaction",
]);

/**
 * The address if it is safe to follow (http, https or on this site), otherwise null.
 * @param {string} address
 * @returns {string | null}
 */
export function safeHref(address) {
    try {
        const url = new URL(address, document.baseURI);
        return allowedSchemes.has(url.protocol) ? url.href : null;
    } catch {
        return null;
    }
}

function setAttribute(element, name, value) {
    if (value === null || value === undefined || value === false) {
        return;
    }
    if (name.startsWith("on")) {
        if (typeof value !== "function") {
            throw new TypeError(`${name} must be a function`);
        }
        element.addEventListener(name.slice(2), value);
        return;
    }
    if (name === "css") {
        for (const [property, setting] of Object.entries(value)) {
            element.style.setProperty(property, String(setting));
        }
        return;
    }
    if (forbidden.has(name.toLowerCase())) {
        throw new TypeError(`${name} is not set through h()`);
    }
    if (name === "href") {
        const address = safeHref(String(value));
        if (address !== null) {
            element.setAttribute("href", address);
        }
        return;
    }
    if (name === "value" && "value" in element) {
        element.value = String(value);
        return;
    }
    element.setAttribute(name, value === true ? "" : String(value));
}

function append(element, children) {
    for (const child of children) {
        if (Array.isArray(child)) {
            append(element, child);
        } else if (child instanceof Node) {
            element.append(child);
        } else if (child !== null && child !== undefined && child !== false) {
            element.append(document.createTextNode(String(child)));
        }
    }
}

/**
 * An HTML element.  Attributes are set as attributes; "onclick" and the like take functions; "css"
 * takes an object of properties; children are nodes, text, or lists of both, null is nothing.
 * @param {string} name
 * @param {Object<string, any>} [attributes]
 * @param {...any} children
 * @returns {HTMLElement}
 */
export function h(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) {
        setAttribute(element, key, value);
    }
    append(element, children);
    return element;
}

/**
 * An SVG element; as h().
 * @param {string} name
 * @param {Object<string, any>} [attributes]
 * @param {...any} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
    const element = document.createElementNS(svgNamespace, name);
    for (const [key, value] of Object.entries(attributes ?? {})) {
        setAttribute(element, key, value);
    }
    append(element, children);
    return element;
}

/**
 * Replace what is in an element and keep the keyboard's focus on the element with the same
 * data-key, so that a refresh does not throw a reader out of a table.
 * @param {Element} parent
 * @param {...any} children
 */
export function replace(parent, ...children) {
    const active = document.activeElement;
    const key =
        active && parent.contains(active)
            ? active.closest("[data-key]")?.getAttribute("data-key")
            : null;
    parent.replaceChildren();
    append(parent, children);
    if (key !== null && key !== undefined) {
        const again = parent.querySelector(`[data-key="${CSS.escape(key)}"]`);
        if (again) {
            again.focus({ preventScroll: true });
        }
    }
}
