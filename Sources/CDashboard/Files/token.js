// Asks for the token of a server that was started with one.

import { useToken } from "./api.js";
import { field, h } from "./dom.js";

/** Opens the question, unless it is open already; the page begins again with the answer. */
export function askForToken() {
    if (document.getElementById("token-dialog")) return;
    const input = h("input", { name: "token", type: "password", autocomplete: "off", required: true, autofocus: true });
    const dialog = h("dialog", { id: "token-dialog", "aria-labelledby": "token-title", onclose: () => dialog.remove() },
        h("h2", { id: "token-title" }, "This Gatehouse wants its token"),
        h("p", { class: "hint" }, "It is the value of GATEHOUSE_ADMIN_TOKEN that the server was started with."),
        h("form", {
            method: "dialog",
            onsubmit: () => {
                useToken(input.value);
                location.reload();
            },
        }, field("Token", input), h("button", { class: "primary" }, "Use it")));
    document.body.append(dialog);
    dialog.showModal();
}

addEventListener("gatehouse-unauthorized", askForToken);
