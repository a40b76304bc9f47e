// The frame in hexadecimal, each field tinted and named. Pointing at a field shows its bytes, and the other way round.

import { h } from "./dom.js";
import { copyButton } from "./actions.js";
import { icon } from "./icons.js";
import { hex, plural } from "./text.js";
import { readFrame } from "./wire.js";

const PER_LINE = 16;
const MAXIMUM_SHOWN = 8192;

export function frameView(bytes, { wire, verdict }) {
    const { fields, problems } = readFrame(bytes);
    return [
        h("p", { class: "hint" }, `Command ${wire.command} · ${plural(bytes.length, "byte")}, at byte ${wire.offset} of the connection `,
            copyButton(() => hex(bytes), "the frame in hexadecimal")),
        problems.length > 0 ? h("ul", { class: "defects" }, problems.map((text) => h("li", null, icon("warning"), text))) : null,
        verdict === "rejected" && problems.length === 0
            ? h("p", { class: "hint" }, "The frame is well formed; it was refused for what it asks for.") : null,
        annotatedHex(bytes, fields),
    ];
}

/** Bytes beside their fields, tied to each other. */
export function annotatedHex(bytes, fields) {
    const shownBytes = bytes.subarray(0, MAXIMUM_SHOWN);
    const cells = [];
    const letters = [];
    const entries = fields.map((field, index) => h("li", {
        tabindex: "0", "data-field": index, class: `field-${field.kind}`,
    }, h("span", { class: "swatch", "aria-hidden": "true" }), h("span", { class: "field-name" }, field.name),
    h("span", { class: "field-place" }, field.end - field.start === 1 ? `${field.start}` : `${field.start}–${field.end - 1}`),
    h("code", { class: "field-value" }, field.value)));

    let place = 0;
    shownBytes.forEach((byte, offset) => {
        while (place < fields.length && offset >= fields[place].end) place += 1;
        const field = fields[place];
        const isInField = field && offset >= field.start;
        const name = isInField ? `field-${field.kind}${offset === field.start ? " first" : ""}` : "";
        const at = isInField ? place : null;
        cells.push(h("span", { class: name, "data-field": at }, byte.toString(16).padStart(2, "0")));
        letters.push(h("span", { class: name, "data-field": at }, byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·"));
    });

    const lines = [];
    for (let start = 0; start < cells.length; start += PER_LINE) {
        lines.push(h("div", { class: "hex-line" },
            h("span", { class: "hex-offset" }, start.toString(16).padStart(4, "0")),
            h("span", { class: "hex-bytes" }, cells.slice(start, start + PER_LINE)),
            h("span", { class: "hex-text", "aria-hidden": "true" }, letters.slice(start, start + PER_LINE))));
    }
    const more = bytes.length - shownBytes.length;
    const view = h("div", { class: "annotated" },
        h("div", { class: "hex", role: "group", "aria-label": "Bytes in hexadecimal" }, lines,
            more > 0 ? h("p", { class: "hint" }, `${more.toLocaleString()} more bytes are not shown.`) : null),
        fields.length > 0 ? h("ol", { class: "fields", "aria-label": "Fields" }, entries) : null);
    tie(view);
    return view;
}

function tie(view) {
    const mark = (index, isOn) => {
        if (index === undefined || index === null) return;
        for (const element of view.querySelectorAll(`[data-field="${index}"]`)) element.classList.toggle("lit", isOn);
    };
    const fieldOf = (event) => event.target.closest?.("[data-field]")?.dataset.field;
    for (const [on, off] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
        view.addEventListener(on, (event) => mark(fieldOf(event), true));
        view.addEventListener(off, (event) => mark(fieldOf(event), false));
    }
}
