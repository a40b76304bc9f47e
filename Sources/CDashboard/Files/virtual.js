// A table of any length of which only the visible rows exist. Rows keep their elements, so a selection of text and the place
// of the pointer survive an update.

import { h } from "./dom.js";

const ROW_HEIGHT = 34;
const MARGIN = 12;
/** Widths up to which the style leaves columns out. */
const WIDTHS = [1100, 980, 840, 600];

export class VirtualRows {
    constructor({ label, columns, render, onOpen, onFocus, onEnd, onScroll }) {
        Object.assign(this, { renderRow: render, onOpen, onFocus, onEnd, onScroll });
        this.rows = [];
        this.made = new Map();
        this.focused = null;
        this.before = h("tr", { class: "spacer", "aria-hidden": "true" });
        this.after = h("tr", { class: "spacer", "aria-hidden": "true" });
        this.body = h("tbody", { role: "rowgroup" }, this.before, this.after);
        this.table = h("table", { role: "grid", tabindex: "0", "aria-label": label, "data-key": "grid" },
            h("thead", { role: "rowgroup" }, h("tr", { role: "row", "aria-rowindex": "1" }, columns)), this.body);
        this.table.addEventListener("focus", () => this.focused || this.move(0));
        this.element = h("div", { class: "virtual", tabindex: "-1" }, this.table);
        this.element.addEventListener("scroll", () => {
            this.render();
            this.onScroll();
        }, { passive: true });
        this.body.addEventListener("click", (event) => this.clicked(event));
        new ResizeObserver(() => {
            this.fit();
            this.render();
        }).observe(this.element);
    }

    /** Says how narrow the table is, for the style to leave columns out. */
    fit() {
        const width = this.element.clientWidth;
        this.element.dataset.fits = WIDTHS.filter((limit) => width <= limit).join(" ");
    }

    get scrollTop() {
        return this.element.scrollTop;
    }

    /** @param {{keepPlace: boolean}} options whether what the reader looks at stays where it is */
    show(rows, { keepPlace }) {
        const anchor = keepPlace ? this.rows[Math.floor(this.scrollTop / ROW_HEIGHT)] : null;
        const offset = this.scrollTop % ROW_HEIGHT;
        this.rows = rows;
        this.places = null;
        if (this.focused) this.focused = rows[this.place(this.focused.key)] ?? this.focused;
        if (anchor) {
            const place = this.place(anchor.key);
            this.setHeights();
            if (place >= 0) this.element.scrollTop = place * ROW_HEIGHT + offset;
        }
        this.render();
    }

    place(key) {
        this.places ??= new Map(this.rows.map((row, index) => [row.key, index]));
        return this.places.get(key) ?? -1;
    }

    setHeights(first = this.first ?? 0, last = this.last ?? 0) {
        this.before.style.height = `${Math.min(first, this.rows.length) * ROW_HEIGHT}px`;
        this.after.style.height = `${Math.max(0, this.rows.length - last) * ROW_HEIGHT}px`;
    }

    render() {
        const height = this.element.clientHeight || 600;
        const first = Math.max(0, Math.floor(this.scrollTop / ROW_HEIGHT) - MARGIN);
        const last = Math.min(this.rows.length, first + Math.ceil(height / ROW_HEIGHT) + 2 * MARGIN);
        [this.first, this.last] = [first, last];
        this.table.setAttribute("aria-rowcount", this.rows.length + 1);
        this.setHeights(first, last);
        let next = this.before.nextSibling;
        const kept = new Map();
        for (let index = first; index < last; index += 1) {
            const element = this.elementFor(this.rows[index], index);
            kept.set(this.rows[index].key, this.made.get(this.rows[index].key));
            if (element === next) next = next.nextSibling;
            else this.body.insertBefore(element, next);
        }
        while (next !== this.after) {
            const gone = next;
            next = next.nextSibling;
            gone.remove();
        }
        this.made = kept;
        if (last >= this.rows.length - 50) this.onEnd();
    }

    elementFor(row, index) {
        const { version, className, selected, cells } = this.renderRow(row);
        let made = this.made.get(row.key);
        if (!made) {
            made = { element: h("tr", { role: "row", id: `row-${row.key}`, "data-row": row.key }), version: undefined };
            this.made.set(row.key, made);
        }
        if (made.version !== version) {
            made.version = version;
            made.element.replaceChildren(...cells());
        }
        const isFocused = this.focused?.key === row.key;
        made.element.className = `${className}${isFocused ? " focused" : ""}${selected ? " selected" : ""}`;
        made.element.setAttribute("aria-rowindex", index + 2);
        made.element.setAttribute("aria-selected", String(Boolean(selected)));
        return made.element;
    }

    /** Calls `change` with the element of each visible row. */
    refresh(change) {
        for (const { element } of this.made.values()) change(element);
    }

    // Focus

    focus() {
        this.table.focus({ preventScroll: true });
    }

    /** @returns whether there is such a row */
    focusKey(key) {
        const place = this.place(key);
        if (place >= 0) this.focusPlace(place, false);
        return place >= 0;
    }

    move(step) {
        if (this.rows.length === 0) return;
        const place = this.focused ? this.place(this.focused.key) : -1;
        const next = place < 0 ? 0 : Math.max(0, Math.min(this.rows.length - 1, place + step));
        this.focusPlace(next, true);
    }

    focusPlace(place, takesFocus) {
        this.focused = this.rows[place];
        const top = place * ROW_HEIGHT;
        const head = this.table.tHead.offsetHeight;
        const height = this.element.clientHeight;
        if (top < this.scrollTop) this.element.scrollTop = top;
        else if (top + ROW_HEIGHT + head > this.scrollTop + height) this.element.scrollTop = top + ROW_HEIGHT + head - height;
        this.render();
        this.table.setAttribute("aria-activedescendant", `row-${this.focused.key}`);
        if (takesFocus) this.focus();
        this.onFocus(this.focused);
    }

    scrollToTop() {
        this.element.scrollTop = 0;
        this.render();
    }

    clicked(event) {
        if (event.target.closest("a, button")) return;
        const key = event.target.closest("tr[data-row]")?.dataset.row;
        const place = key === undefined ? -1 : this.place(key);
        if (place < 0 || String(getSelection()) !== "") return;
        this.focusPlace(place, true);
        this.onOpen(this.rows[place]);
    }
}
