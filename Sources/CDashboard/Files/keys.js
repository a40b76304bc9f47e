// The list of keys, opened with `?`.

import { h } from "./dom.js";

const EVERYWHERE = [
    ["j, k", "next and previous row"], ["Enter", "open the row"], ["Esc", "back, close"], ["/", "search"],
    ["?", "these keys"],
];
const STREAM = [
    ["Space", "pause, go on"], ["1 2 3 4", "rendered, payload, frame, timeline"], ["t", "to the newest"],
    ["e", "show or hide a lost tail"], ["x", "pick the row for export, or not"],
];

export function openKeys(screens) {
    const list = (pairs) => h("dl", { class: "keys" }, pairs.map(([keys, text]) => [
        h("dt", null, keys.split(" ").map((key) => h("kbd", null, key))), h("dd", null, text),
    ]));
    const dialog = h("dialog", { "aria-labelledby": "keys-title", onclose: () => dialog.remove() },
        h("h2", { id: "keys-title" }, "Keys"),
        h("div", { class: "columns" },
            h("section", null, h("h3", null, "Everywhere"), list(EVERYWHERE)),
            h("section", null, h("h3", null, "Stream"), list(STREAM)),
            h("section", null, h("h3", null, "Go to"),
                list(Object.values(screens).map(({ title, key }) => [`g ${key}`, title.toLowerCase()])))),
        h("form", { method: "dialog" }, h("button", { autofocus: true }, "Close")));
    document.body.append(dialog);
    dialog.showModal();
}
