// Makes elements. Text is always inserted as text: there is no way from a string to markup in this page.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("button", {class: "quiet", onclick: save, "aria-label": "Save"}, "Save")`. */
export function h(name, properties, ...children) {
    return fill(document.createElement(name), properties, children);
}

/** The same for drawings. */
export function s(name, properties, ...children) {
    return fill(document.createElementNS(SVG, name), properties, children);
}

function fill(element, properties, children) {
    for (const [name, value] of Object.entries(properties ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (name === "style") Object.assign(element.style, value);
        else if (name === "value" || name === "checked") element[name] = value;
        else element.setAttribute(name, value === true ? "" : value);
    }
    append(element, children);
    return element;
}

function append(element, children) {
    for (const child of children) {
        if (child === null || child === undefined || child === false) continue;
        if (Array.isArray(child)) append(element, child);
        else element.append(child instanceof Node ? child : String(child));
    }
}

/**
 * Makes an element hold this. What is the same already stays as it is, so that an update takes away no focus, no selection,
 * no half-typed text, and no button from under a finger. Elements are the same when their names and attributes are: whatever
 * a listener depends on has to show in an attribute, such as `data-call`.
 */
export function show(element, ...children) {
    const key = element.contains(document.activeElement) ? document.activeElement.dataset?.key : null;
    const fresh = document.createDocumentFragment();
    append(fresh, children);
    fresh.normalize();
    reconcile(element, fresh);
    if (key && !element.contains(document.activeElement)) {
        element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
    }
    return element;
}

function reconcile(old, fresh) {
    let next = old.firstChild;
    for (const node of [...fresh.childNodes]) {
        if (next === null) {
            old.append(node);
            continue;
        }
        const current = next;
        next = next.nextSibling;
        if (current === node || current.isEqualNode(node)) continue;
        if (current.nodeType === Node.TEXT_NODE && node.nodeType === Node.TEXT_NODE) current.data = node.data;
        else if (!isAlike(current, node)) current.replaceWith(node);
        else if (!current.classList.contains("menu-holder")) reconcile(current, node);
    }
    while (next !== null) {
        const gone = next;
        next = next.nextSibling;
        gone.remove();
    }
}

function isAlike(a, b) {
    return a.nodeType === Node.ELEMENT_NODE && a.nodeName === b.nodeName && a.attributes.length === b.attributes.length
        && [...a.attributes].every(({ name, value }) => b.getAttribute(name) === value);
}

/**
 * A table with a caption for those who do not see it, and a sentence where there is nothing to list. A column is its label, or
 * label and class.
 */
export function table(caption, columns, rows, empty) {
    if (rows.length === 0) return h("p", { class: "empty" }, empty);
    return h("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": caption },
        h("table", null,
            h("caption", { class: "visually-hidden" }, caption),
            h("thead", null, h("tr", null, columns.map((column) => {
                const [label, name] = Array.isArray(column) ? column : [column, null];
                return h("th", { scope: "col", class: name }, label);
            }))),
            h("tbody", null, rows)));
}

/** A labelled field of a form. */
export function field(label, control, hint) {
    return h("label", { class: "field" }, h("span", null, label), control, hint ? h("small", null, hint) : null);
}

export function select(name, options, chosen, more) {
    return h("select", { name, ...more }, options.map((option) => {
        const [value, label] = Array.isArray(option) ? option : [option, option];
        return h("option", { value, selected: value === chosen }, label);
    }));
}

/** Names and values, as a definition list; pairs without a value are left out. */
export function facts(pairs) {
    return h("dl", { class: "facts" }, pairs
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}
