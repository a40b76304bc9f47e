// The frame around the screens: navigation, banner, keys, theme, and the one store they all read.

import { announce, callButton, copyButton } from "./actions.js";
import { AuditScreen } from "./audit.js";
import { ClockScreen } from "./clock.js";
import { ConnectScreen } from "./connect.js";
import { ConnectionsScreen } from "./connections.js";
import { h, show } from "./dom.js";
import { FaultsScreen } from "./faults.js";
import { FeedbackScreen } from "./feedback.js";
import { icon } from "./icons.js";
import { openKeys } from "./keys.js";
import { PhoneScreen } from "./phone.js";
import { currentRoute, go, link } from "./router.js";
import { Store } from "./store.js";
import { StreamScreen } from "./stream.js";
import { duration, plural } from "./text.js";
import "./token.js";
import { WaitsScreen } from "./waits.js";

const SCREENS = {
    stream: { title: "Stream", type: StreamScreen, key: "s" },
    phone: { title: "Phones", type: PhoneScreen, key: "p" },
    connections: { title: "Connections", type: ConnectionsScreen, key: "c" },
    feedback: { title: "Feedback", type: FeedbackScreen, key: "f" },
    faults: { title: "Faults", type: FaultsScreen, key: "x" },
    waits: { title: "Waits", type: WaitsScreen, key: "w" },
    clock: { title: "Clock", type: ClockScreen, key: "t" },
    audit: { title: "Audit", type: AuditScreen, key: "a" },
    connect: { title: "Connect", type: ConnectScreen, key: "n" },
};

const store = new Store();
const main = document.getElementById("main");
const context = { store, go, link };
let shown = { name: null, screen: null };

// Navigation

const links = Object.entries(SCREENS).map(([name, { title, key }]) => h("a", {
    href: link(name), "data-screen": name, title: `${title} (g ${key})`,
}, title, h("span", { class: "count" })));
show(document.getElementById("nav"), links);

function navigate() {
    const route = currentRoute();
    const entry = SCREENS[route.screen];
    if (!entry) return go(link("stream"), { replace: true });
    for (const element of links) {
        if (element.dataset.screen === route.screen) element.setAttribute("aria-current", "page");
        else element.removeAttribute("aria-current");
    }
    if (shown.name !== route.screen) {
        shown.screen?.leave?.();
        const screen = new entry.type(context);
        shown = { name: route.screen, screen };
        main.className = `screen-${route.screen}`;
        show(main, screen.element);
        main.scrollTop = 0;
    }
    shown.screen.route(route);
    shown.screen.update(new Set(["all"]));
    title();
}

function title() {
    const { newRejected } = store;
    const name = SCREENS[shown.name]?.title ?? "";
    document.title = `${newRejected > 0 ? `(${newRejected}) ` : ""}${name} · Gatehouse`;
    document.getElementById("favicon").href = newRejected > 0 ? "/dashboard/icon-alert.svg" : "/dashboard/icon.svg";
}

function counts() {
    const failed = [...store.connections.values()].filter(({ state }) => state === "handshakeFailed").length;
    const numbers = {
        faults: store.faults.items.length, feedback: store.feedback.items.length, connections: failed,
    };
    for (const element of links) {
        const number = numbers[element.dataset.screen] ?? 0;
        const count = element.querySelector(".count");
        count.textContent = number > 0 ? number : "";
        count.title = element.dataset.screen === "connections" && number > 0 ? plural(number, "failed handshake") : "";
    }
}

// Banner: whatever is not as usual, and the way back

/** A difference of clocks that cannot be the network's. */
const AHEAD = 60_000;

function banner() {
    const parts = [];
    const faults = store.faults.items;
    if (faults.length > 0) {
        parts.push(h("div", { class: "banner", "data-banner": "faults" }, icon("warning"),
            h("span", null, h("a", { href: link("faults") }, plural(faults.length, "fault rule")),
                " misbehaving on purpose: ", faults.slice(0, 3).map((rule) => rule.id).join(", "), faults.length > 3 ? " …" : ""),
            callButton({
                label: "Clear all", method: "DELETE", target: "/v1/faults", command: "gatehouse fault clear",
                done: () => store.faults.refresh(),
            })));
    }
    const clock = store.clock.value;
    if (clock && clock.mode !== "real") {
        parts.push(h("div", { class: "banner", "data-banner": "clock" }, icon("expired"),
            h("span", null, h("a", { href: link("clock") }, "The clock stands still"), ` at ${clock.now}.`),
            callButton({
                label: "Let it run", method: "PUT", target: "/v1/clock", body: { mode: "real" },
                command: "gatehouse clock run", done: () => store.clock.refresh(),
            })));
    }
    const ahead = clock?.mode === "real" ? Date.parse(clock.now) - store.clock.at : 0;
    if (ahead > AHEAD) {
        parts.push(h("div", { class: "banner", "data-banner": "clock" }, icon("expired"),
            h("span", null, h("a", { href: link("clock") }, "The clock runs ahead"),
                ` of real time by ${duration(ahead)}. It never goes back: only a restart makes it real again.`)));
    }
    const profile = store.info.value?.profile;
    if (profile === "lenient") {
        parts.push(h("div", { class: "banner", "data-banner": "profile" }, icon("warning"),
            h("span", null, "The lenient profile accepts what the real gateway refused. To be strict again, start it with ",
                h("code", null, "gatehouse serve --profile 2014")),
            copyButton("gatehouse serve --profile 2014", "the command")));
    }
    const signature = parts.map((part) => part.textContent).join("\n");
    const element = document.getElementById("banner");
    if (element.dataset.signature === signature) return;
    element.dataset.signature = signature;
    show(element, parts);
}

// How the stream of events stands

const LIVE = {
    live: ["Live", "The page shows what happens as it happens."],
    connecting: ["Connecting", "Waiting for the server."],
    reconnecting: ["Reconnecting", "The server is away. What happens meanwhile is fetched when it is back."],
    paused: ["Paused", "The stream stands still; what happens meanwhile is kept."],
};

function live() {
    const element = document.getElementById("live");
    const state = store.live === "live" && store.paused ? "paused" : store.live;
    if (element.dataset.state === state) return;
    if (element.dataset.state) announce(LIVE[state][0]);
    element.dataset.state = state;
    [element.textContent, element.title] = LIVE[state];
}

// Theme: the system's, or one's own choice

const THEMES = [["", "Auto"], ["light", "Light"], ["dark", "Dark"]];
const themeButton = document.getElementById("theme");

function showTheme() {
    const now = document.documentElement.dataset.theme ?? "";
    const label = THEMES.find(([value]) => value === now)[1];
    themeButton.textContent = label;
    themeButton.title = `Theme: ${label}`;
    themeButton.setAttribute("aria-label", `Theme: ${label}`);
}

themeButton.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? "";
    const [next] = THEMES[(THEMES.findIndex(([value]) => value === now) + 1) % THEMES.length];
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    try {
        localStorage.setItem("gatehouse-theme", next);
    } catch {
        // Then it holds for this page only.
    }
    showTheme();
});

// Keys

let prefix = 0;

function isTyping(target) {
    return target.matches?.("input, textarea, select, [contenteditable]");
}

function press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
    if (isTyping(event.target)) return;
    if (Date.now() - prefix < 1000) {
        prefix = 0;
        const name = Object.keys(SCREENS).find((candidate) => SCREENS[candidate].key === event.key);
        if (name) {
            event.preventDefault();
            return go(link(name));
        }
    }
    if (event.key === "g") prefix = Date.now();
    else if (event.key === "?") openKeys(SCREENS);
    else if (shown.screen?.key?.(event.key, event)) event.preventDefault();
}

addEventListener("keydown", press);
document.getElementById("help").addEventListener("click", () => openKeys(SCREENS));
document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
});

// Beginning

document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    store.newRejected = 0;
    title();
});
addEventListener("hashchange", navigate);
store.listen((changes) => {
    if (!document.hidden && document.hasFocus()) store.newRejected = 0;
    live();
    banner();
    counts();
    title();
    shown.screen?.update(changes);
});
showTheme();
navigate();
live();
store.start();
