// A payload as JSON, its keys in the order in which they came and everything odd about it marked; and as bytes.

import { copyButton } from "./actions.js";
import { h } from "./dom.js";
import { annotatedHex } from "./frame.js";
import { icon } from "./icons.js";
import { JSONDefect, readJSON } from "./json.js";
import { plural } from "./text.js";

// Apple, Local and Remote Notification Programming Guide, and what devices came to understand later.
const APS_KEYS = new Set(["alert", "badge", "sound", "content-available", "category", "thread-id", "mutable-content", "url-args", "target-content-id"]);
const ALERT_KEYS = new Set([
    "title", "body", "title-loc-key", "title-loc-args", "action-loc-key", "loc-key", "loc-args", "launch-image", "action",
    "subtitle", "subtitle-loc-key", "subtitle-loc-args",
]);

export function payloadView(bytes, { note }) {
    const defects = [];
    if (bytes.length === 0) defects.push("The payload is empty.");
    const text = decode(bytes, defects);
    let tree = null;
    if (bytes.length > 0) {
        try {
            tree = readJSON(text);
            if (tree.type !== "object") defects.push("It is JSON, but no dictionary: no device can use it.");
        } catch (defect) {
            if (!(defect instanceof JSONDefect)) throw defect;
            defects.push(`${defect.message}, at character ${defect.offset}.`);
            return view(bytes, text, defects, note, brokenText(text, defect.offset));
        }
    }
    const marks = [];
    const formatted = tree ? h("pre", { class: "json" }, node(tree, 0, [], marks)) : null;
    return view(bytes, text, defects.concat(marks), note, formatted);
}

function view(bytes, text, defects, note, formatted) {
    return [
        h("p", { class: "hint" }, `${plural(bytes.length, "byte")} `, copyButton(text, "the payload")),
        note ? h("p", { class: "hint" }, `The server's note: ${note}.`) : null,
        defects.length > 0 ? h("ul", { class: "defects" }, defects.map((defect) => h("li", null, icon("warning"), defect))) : null,
        formatted,
        h("details", { class: "raw" }, h("summary", null, "Raw bytes"), annotatedHex(bytes, [])),
    ];
}

function decode(bytes, defects) {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
        defects.push(`It is not UTF-8 from byte ${firstBadByte(bytes)} on; “\ufffd” stands for what cannot be read.`);
        return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    }
}

/** Where the first byte stands that no UTF-8 text can have there. */
function firstBadByte(bytes) {
    let [low, high] = [0, bytes.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        try {
            new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle + 1), { stream: true });
            low = middle + 1;
        } catch {
            high = middle;
        }
    }
    return low;
}

function brokenText(text, offset) {
    return h("pre", { class: "json broken" }, text.slice(0, offset),
        h("mark", { title: "Here it stops being JSON" }, text[offset] ?? "⏎"), text.slice(offset + 1));
}

function node(tree, depth, place, marks) {
    switch (tree.type) {
    case "object": return objectNode(tree, depth, place, marks);
    case "array": return arrayNode(tree, depth, place, marks);
    default: return h("span", { class: `json-${tree.type}` }, tree.raw);
    }
}

const indent = (depth) => `\n${"  ".repeat(depth)}`;

function objectNode({ value }, depth, place, marks) {
    if (value.length === 0) return "{}";
    return ["{", value.map(({ key, value: member, repeated }, index) => {
        const odd = oddity(key.value, place, repeated);
        if (odd) marks.push(odd);
        return [indent(depth + 1), h("span", { class: `json-key${odd ? " odd" : ""}`, title: odd }, key.raw), ": ",
            node(member, depth + 1, [...place, key.value], marks), index < value.length - 1 ? "," : ""];
    }), indent(depth), "}"];
}

function arrayNode({ value }, depth, place, marks) {
    if (value.length === 0) return "[]";
    return ["[", value.map((element, index) => [
        indent(depth + 1), node(element, depth + 1, [...place, index], marks), index < value.length - 1 ? "," : "",
    ]), indent(depth), "]"];
}

function oddity(key, place, repeated) {
    if (repeated) return `“${key}” stands there twice: which one counts is up to the reader.`;
    if (place.length === 1 && place[0] === "aps" && !APS_KEYS.has(key)) return `“${key}” is no key of “aps” that devices know.`;
    if (place.length === 2 && place[0] === "aps" && place[1] === "alert" && !ALERT_KEYS.has(key)) return `“${key}” is no key of “alert” that devices know.`;
    return null;
}
