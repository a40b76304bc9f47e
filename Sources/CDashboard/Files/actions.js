// Buttons that change something. Each offers the call it makes as `curl` and as a `gatehouse` command, so that a click
// becomes a line of a test.

import { call, curl } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

const UNDO_MILLISECONDS = 10_000;

/** Says something at the edge of the page; errors stay until they are dismissed. */
export function notify(text, { kind = "info", hint = "", buttons = [] } = {}) {
    const notice = h("div", { class: `notice ${kind}` },
        kind === "error" ? icon("warning") : null,
        h("div", null, h("p", null, text), hint ? h("p", { class: "hint" }, hint) : null),
        buttons,
        h("button", { type: "button", class: "quiet", "aria-label": "Dismiss", onclick: () => notice.remove() }, icon("close")));
    document.getElementById("notices").append(notice);
    if (kind !== "error" && buttons.length === 0) setTimeout(() => notice.remove(), 4000);
    return notice;
}

export function notifyProblem(problem) {
    notify(problem.message, { kind: "error", hint: problem.hint });
}

/** Reads the number of a polite sentence out to those who do not see it. */
export function announce(text) {
    document.getElementById("announcer").textContent = text;
}

export async function copy(text, what) {
    try {
        await navigator.clipboard.writeText(text);
        notify(`Copied ${what}.`);
    } catch {
        // No clipboard: over plain HTTP from another machine, or forbidden. Then the text can be taken by hand.
        const area = h("textarea", { readonly: true, rows: 4, "aria-label": what }, text);
        notify(`Copy ${what} from here:`, { buttons: [area] });
        area.select();
    }
}

export function copyButton(text, what) {
    return h("button", {
        type: "button", class: "quiet icon-button", title: `Copy ${what}`, "aria-label": `Copy ${what}`,
        "data-copies": typeof text === "string" ? text : null,
        onclick: (event) => {
            event.stopPropagation();
            copy(typeof text === "function" ? text() : text, what);
        },
    }, icon("copy"));
}

/** A button that opens a short list of more of them. */
export function menuButton(label, items, { title = label, className = "quiet", key = title } = {}) {
    const list = h("div", { class: "menu", hidden: true });
    const button = h("button", {
        type: "button", class: className, "aria-expanded": "false", "aria-haspopup": "true", title, "aria-label": title,
        onclick: (event) => {
            event.stopPropagation();
            if (list.hidden) open();
            else close();
        },
    }, label);
    const holder = h("span", {
        class: "menu-holder", "data-call": key,
        onkeydown: (event) => {
            if (event.key !== "Escape" || list.hidden) return;
            event.stopPropagation();
            close();
            button.focus();
        },
        onfocusout: (event) => holder.contains(event.relatedTarget) || close(),
    }, button, list);

    function open() {
        list.replaceChildren(...items().map(([text, act]) => h("button", {
            type: "button",
            onclick: () => {
                close();
                act();
            },
        }, text)));
        list.hidden = false;
        button.setAttribute("aria-expanded", "true");
        list.firstElementChild?.focus();
    }

    function close() {
        list.hidden = true;
        button.setAttribute("aria-expanded", "false");
    }

    return holder;
}

/** What distinguishes one call from another, as far as it is known before the click. */
function signature({ method, target, body, key, label }) {
    return [method, key ?? label, ...[target, body].map((value) => typeof value === "function" ? "" : JSON.stringify(value))].join(" ");
}

const resolve = (value) => (typeof value === "function" ? value() : value);

/**
 * A button for one call of the API, with its twin that copies the call.
 *
 * @param {object} action `label`, `method`, `target`, `body`, `command` (a line for the shell), `done` (what to do with
 *     the answer), `said` (a sentence for when it is done). What may only be known at the click is a function.
 */
export function callButton(action) {
    const button = h("button", {
        type: "button", class: action.className ?? "", "data-key": action.key ?? action.label, title: action.title,
        "data-call": signature(action),
        onclick: async () => {
            button.disabled = true;
            await perform(action);
            button.disabled = false;
        },
    }, action.icon ? icon(action.icon) : null, action.label);
    return h("span", { class: "split" }, button, copyAs(action));
}

export function copyAs(action) {
    return menuButton(icon("more"), () => {
        const items = [["Copy as curl", () => attempt(() => copy(curl(action.method, resolve(action.target), resolve(action.body)), "the call as curl"))]];
        if (action.command) {
            items.push(["Copy as gatehouse", () => attempt(() => copy(resolve(action.command), "the command"))]);
        }
        return items;
    }, { title: `Copy “${action.label}” as a call`, key: signature(action) });
}

function attempt(act) {
    try {
        return act();
    } catch (problem) {
        notifyProblem(problem);
    }
}

/** Makes the call and says what came of it. */
export async function perform(action) {
    try {
        const answer = await call(action.method, resolve(action.target), resolve(action.body));
        if (action.said) notify(resolve(action.said));
        await action.done?.(answer);
        return true;
    } catch (problem) {
        notifyProblem(problem);
        return false;
    }
}

/** Does something in ten seconds, unless somebody takes it back. `undone` is called when it is taken back. */
export function later(text, act, undone, milliseconds = UNDO_MILLISECONDS) {
    let over = false;
    const end = (then) => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        clearInterval(ticker);
        notice.remove();
        then?.();
    };
    const rest = h("span", { class: "countdown", "aria-hidden": "true" });
    const until = Date.now() + milliseconds;
    const tick = () => {
        rest.textContent = `${Math.max(0, Math.ceil((until - Date.now()) / 1000))} s`;
    };
    const notice = notify(text, {
        buttons: [
            rest,
            h("button", { type: "button", onclick: () => end(undone) }, "Undo"),
            h("button", { type: "button", class: "quiet", onclick: () => end(act) }, "Now"),
        ],
    });
    // Dismissing the notice is no decision to keep anything: what was announced is done.
    notice.querySelector('[aria-label="Dismiss"]').remove();
    const timer = setTimeout(() => end(act), milliseconds);
    const ticker = setInterval(tick, 250);
    tick();
}
