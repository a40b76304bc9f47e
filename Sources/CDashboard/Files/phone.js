// The phones: what they show, how they are connected, what their slots hold and what was overwritten in them.

import { callButton, copyButton } from "./actions.js";
import { get, path, query } from "./api.js";
import { facts, field, h, select, show, table } from "./dom.js";
import { icon } from "./icons.js";
import { appIcon, appName, card, phoneFrame } from "./lockscreen.js";
import { chip } from "./outcome.js";
import { stepPlot } from "./plot.js";
import { go, link } from "./router.js";
import { alertText, clockTime, duration, fullTime, shortToken } from "./text.js";

const CARDS = 6;
const HISTORY = 200;
const PAUSE = 250;

export class PhoneScreen {
    constructor({ store }) {
        this.store = store;
        store.devices.refresh();
        store.networks.refresh();
        this.tabs = h("nav", { class: "phone-list", "aria-label": "Phones" });
        this.add = h("form", { class: "form-row", onsubmit: (event) => event.preventDefault() },
            field("Another phone", h("input", { name: "name", placeholder: "phone-2", size: 14 })),
            callButton({
                label: "Add", method: "PUT", target: () => path("v1", "devices", this.newName()),
                body: () => ({ connected: true, apps: this.store.topics().slice(0, 1).map((topic) => ({ topic })) }),
                done: () => {
                    go(link("phone", [this.newName()]));
                    store.devices.refresh();
                },
            }));
        this.lock = h("div", { class: "phone-lock" });
        this.state = h("section", { class: "phone-state" });
        this.install = h("div", { class: "form-row" });
        this.apps = h("section");
        this.slots = h("section");
        this.plot = h("section");
        this.content = h("div", { class: "phone-grid" }, this.lock, h("div", { class: "phone-facts" }, this.state, this.slots, this.apps, this.install, this.plot));
        this.element = h("section", { class: "page" }, h("h1", null, "Phones"), h("div", { class: "toolbar" }, this.tabs, this.add), this.content);
        this.clockTimer = setInterval(() => document.hidden || this.showLock(), 1000);
    }

    leave() {
        clearInterval(this.clockTimer);
        clearTimeout(this.timer);
    }

    newName() {
        const name = this.add.elements.name.value.trim();
        if (!name) throw Object.assign(new Error("A phone needs a name."), { hint: "" });
        return name;
    }

    route({ parts }) {
        const name = parts[0] ?? null;
        if (name !== this.wanted) [this.history, this.trace, this.installFor] = [null, null, null];
        this.wanted = name;
    }

    get device() {
        const { items } = this.store.devices;
        return this.wanted ? items.find(({ name }) => name === this.wanted) : items[0];
    }

    update(changes) {
        if (changes.has("all") || changes.has("devices") || changes.has("notifications")) this.loadSoon();
        if (changes.has("networks")) this.installFor = null;
        this.showTabs();
        const { device } = this;
        this.content.hidden = !device;
        if (!device) return;
        this.showState(device);
        this.showApps(device);
        this.showInstall(device);
        this.showSlots(device);
        this.showPlot(device);
        this.showLock();
    }

    // What the device has received, and its own log: fetched again when something may have changed

    loadSoon() {
        this.timer ??= setTimeout(async () => {
            this.timer = null;
            await this.load();
        }, this.history ? PAUSE : 0);
    }

    async load() {
        const { device } = this;
        if (!device) return;
        const { name } = device;
        const [history, trace] = await Promise.all([
            get(`/v1/notifications${query({ device: name, order: "desc", limit: HISTORY })}`).catch(() => null),
            get(path("v1", "devices", name, "trace")).catch(() => null),
        ]);
        if (this.device?.name !== name) return;
        if (history) this.history = history.items;
        this.trace = trace?.items ?? null;
        if (history) this.store.mark("phone");
    }

    showTabs() {
        const { items } = this.store.devices;
        const signature = items.map(({ name, connected }) => `${name} ${connected}`).join("\n") + this.device?.name;
        if (this.tabs.dataset.signature === signature) return;
        this.tabs.dataset.signature = signature;
        show(this.tabs, items.slice(0, 100).map(({ name, connected }) => h("a", {
            href: link("phone", [name]), "data-key": name, "aria-current": name === this.device?.name ? "page" : null,
            title: connected ? "connected" : "away",
        }, h("span", { class: `dot ${connected ? "on" : "off"}`, "aria-hidden": "true" }), name,
        h("span", { class: "visually-hidden" }, connected ? " (connected)" : " (away)"))),
        items.length > 100 ? h("span", { class: "hint" }, `and ${items.length - 100} more`) : null,
        items.length === 0 ? h("p", { class: "empty" }, "There is no phone yet.") : null);
    }

    // The lock screen

    showLock() {
        const { device } = this;
        if (!device) return;
        const clock = this.store.clock.value;
        const now = clock ? Date.parse(clock.now) + (clock.mode === "real" ? Date.now() - this.store.clock.at : 0) : Date.now();
        const installed = new Set(device.apps.filter((app) => app.installed).map((app) => app.topic));
        const received = (this.history ?? []).filter(({ fate, topic }) => fate === "delivered" && installed.has(topic));
        const silenced = device.notifications === false;
        const cards = silenced ? [] : received.filter(({ payload }) => alertText(payload) !== "").slice(0, CARDS);
        const signature = `${device.name} ${Math.floor(now / 60_000)} ${device.connected} ${silenced} ${[...installed]} ${received[0]?.id} ${received.length} ${cards.map(({ id }) => id)}`;
        const isFresh = cards.some(({ clockAt }) => now - Date.parse(clockAt) < 60_000);
        if (this.lock.dataset.signature === signature && !isFresh) return;
        this.lock.dataset.signature = signature;
        show(this.lock, phoneFrame(new Date(now), [
            h("div", { class: "phone-status" }, device.connected ? "Connected" : "No connection", silenced ? " · notifications off" : ""),
            h("div", { class: "cards" }, cards.map((notification) => card({ ...notification, receivedAt: notification.clockAt }, now)),
                cards.length === 0 ? h("p", { class: "phone-quiet" }, "Nothing to see") : null),
            h("div", { class: "home" }, [...installed].filter(Boolean).slice(0, 8).map((topic) => h("span", { class: "home-app", title: topic },
                appIcon(topic, badgeOf(topic, received)), h("small", null, appName(topic))))),
        ], `The lock screen of ${device.name}`),
        h("p", { class: "hint" }, "A sketch of what the phone received and acknowledged."));
    }

    // State

    showState(device) {
        const target = path("v1", "devices", device.name);
        const refresh = () => this.store.devices.refresh();
        const lastEvent = this.trace?.findLast(({ event }) => ["connected", "disconnected", "connecting"].includes(event));
        const change = (label, body, more) => callButton({ label, method: "PATCH", target, body, done: refresh, ...more });
        // A phone that was sent away writes no line about it.
        const isTrue = lastEvent && (lastEvent.event === "connected") === device.connected;
        const controls = device.managed ? [
            device.connected ? change("Send it away", { connected: false }) : change("Bring it back", { connected: true }, { className: "primary" }),
            device.notifications === undefined ? null : change(device.notifications ? "Notifications off" : "Notifications on", { notifications: !device.notifications }),
            device.notifications === undefined ? null : callButton({
                label: "Restore from a backup", method: "POST", target: `${target}/restore`, done: refresh,
            }),
            this.networkChoice(device),
        ] : h("p", { class: "hint" }, "This phone lives in another process: it can be looked at and deleted.");
        show(this.state, h("h2", null, device.name, " ",
            h("span", { class: `chip ${device.connected ? "delivered" : "discarded"}` }, icon(device.connected ? "accepted" : "discarded"), device.connected ? "connected" : "away")),
        facts([
            ["Environment", device.environment], ["Network", device.network ? [networkName(device.network), this.summaryOf(device.network)] : null],
            ["Keep-alive", device.keepAlive ? `${device.keepAlive.profile ?? device.keepAlive.strategy}, now every ${duration(device.keepAlive.interval * 1000)}` : null],
            ["Lately", isTrue ? h("time", { title: fullTime(lastEvent.at) }, `${lastEvent.line} (${clockTime(lastEvent.at)})`) : null],
        ]),
        h("div", { class: "buttons" }, controls, callButton({
            label: "Delete", className: "quiet", icon: "bin", method: "DELETE", target, done: () => {
                go(link("phone"));
                refresh();
            },
        })));
    }

    summaryOf(network) {
        const known = this.store.networks.items.find(({ name }) => name === networkName(network));
        return known?.summary ? h("small", null, ` ${known.summary}`) : null;
    }

    networkChoice(device) {
        const networks = this.store.networks.items;
        if (networks.length === 0) return null;
        const chosen = networkName(device.network) ?? "ideal";
        const names = networks.map((network) => network.name ?? network);
        if (!names.includes(chosen)) names.push(chosen);
        const choice = select("network", names, chosen, { "aria-label": "Network", "data-key": "network" });
        return [field("Network", choice), callButton({
            label: "Use it", method: "PATCH", target: path("v1", "devices", device.name), body: () => ({ network: this.state.querySelector("select").value }), done: () => this.store.devices.refresh(),
        })];
    }

    showApps(device) {
        show(this.apps, h("h3", null, "Apps"), table("Apps", ["App", "Token", "On the phone", "Filter", "Registration", ""], device.apps.map((app) => {
            const target = app.topic ? path("v1", "devices", device.name, "apps", app.topic) : null;
            const refresh = () => this.store.devices.refresh();
            return h("tr", null,
                h("th", { scope: "row" }, app.topic ?? h("code", { title: app.topicHash }, shortToken(app.topicHash))),
                h("td", null, app.token ? [h("code", { title: app.token }, shortToken(app.token)), copyButton(app.token, "the token")] : "none"),
                h("td", null, app.installed ? "installed" : `removed${app.removedAt ? ` ${clockTime(app.removedAt)}` : ""}`),
                h("td", null, app.filter ?? "—"),
                h("td", null, app.registration ? [app.registration, app.registrationError ? `: ${app.registrationError}` : "", app.permission ? h("small", null, ` permission ${app.permission}`) : null] : "—"),
                h("td", null, device.managed && target && app.installed && app.registration ? callButton({
                    label: "Open", key: `open-${app.topic}`, className: "quiet", method: "POST", target: `${target}/launch`, done: refresh,
                }) : null,
                device.managed && target ? app.installed
                    ? callButton({ label: "Uninstall", key: `uninstall-${app.topic}`, className: "quiet", method: "DELETE", target, done: refresh })
                    : callButton({ label: "Install", key: `install-${app.topic}`, className: "quiet", method: "PUT", target, done: refresh }) : null));
        }), "No app is installed, so the phone keeps no connection."));
    }

    /** Kept while somebody types in it. */
    showInstall(device) {
        const signature = `${device.name} ${device.managed}`;
        if (this.installFor === signature) return;
        this.installFor = signature;
        const topic = h("input", { name: "install", list: "install-topics", placeholder: "com.example.other", "aria-label": "App to install" });
        show(this.install, device.managed ? [
            field("Install", topic), h("datalist", { id: "install-topics" }, this.store.topics().map((name) => h("option", { value: name }))),
            callButton({
                label: "Install", method: "PUT", target: () => path("v1", "devices", device.name, "apps", topic.value.trim()),
                done: () => {
                    topic.value = "";
                    this.store.devices.refresh();
                },
            }),
        ] : null);
    }

    // Slots

    showSlots(device) {
        const history = this.history ?? [];
        show(this.slots, h("h3", null, "Slots"), h("p", { class: "hint" }, "Each app has one: it holds a single notification, and a newer one overwrites it."),
            h("div", { class: "slots" }, device.apps.filter(({ topic, token }) => topic && token).map((app) => {
                const overwritten = history.filter(({ topic, fate }) => topic === app.topic && fate === "coalesced").slice(0, 4);
                return h("article", { class: "slot" }, h("h4", null, app.topic),
                    facts([["In flight", holds(app.inFlight, history)], ["Waiting", holds(app.stored, history)]]),
                    !app.inFlight && !app.stored ? h("p", { class: "hint" }, "Empty.") : null,
                    overwritten.length > 0 ? h("ol", { class: "overwritten" }, overwritten.map((notification) => h("li", null,
                        chip(notification), " ", h("a", { href: link("stream", [notification.id, "timeline"]) }, notification.id), " ",
                        h("s", null, alertText(notification.payload)), " by ",
                        h("a", { href: link("stream", [notification.fateReason?.by ?? notification.id, "timeline"]) }, notification.fateReason?.by ?? "?")))) : null);
            })));
    }

    // Keep-alive

    showPlot(device) {
        const points = keepAlivePoints(this.trace ?? []);
        const signature = `${device.name} ${points.length} ${points.at(-1)?.at} ${device.keepAlive?.interval}`;
        if (this.plot.dataset.signature === signature) return;
        this.plot.dataset.signature = signature;
        const title = h("h3", null, "Keep-alive");
        if (points.length === 0) {
            return void show(this.plot, title, h("p", { class: "hint" },
                device.keepAlive ? `None sent yet: the first is due after ${duration(device.keepAlive.interval * 1000)} of silence. The clock can be moved there.` : "Only phones of this process tell."));
        }
        show(this.plot, title, stepPlot("Silence before each keep-alive", points, this.store.clock.value?.now ?? points.at(-1).at));
    }

    key(key) {
        const { items } = this.store.devices;
        const place = items.findIndex(({ name }) => name === this.device?.name);
        const next = items[place + ({ j: 1, k: -1 }[key] ?? NaN)];
        if (!next) return false;
        go(link("phone", [next.name]), { replace: true });
        return true;
    }
}

function badgeOf(topic, received) {
    const badge = received.find((notification) => notification.topic === topic && Number.isInteger(notification.payload?.aps?.badge));
    return badge?.payload.aps.badge ?? 0;
}

function networkName(network) {
    return typeof network === "object" && network !== null ? (network.name ?? network.profile ?? "custom") : network;
}

function holds(id, history) {
    if (!id) return null;
    const notification = history.find((other) => other.id === id);
    return [h("a", { href: link("stream", [id, "timeline"]) }, id), " ", notification ? alertText(notification.payload) : null];
}

/** The silence before each keep-alive, from a device's log. */
export function keepAlivePoints(trace) {
    const points = [];
    let since = null;
    for (const { at, event, line, interval } of trace) {
        const time = Date.parse(at);
        if (event === "keptAlive" || event === "keepAliveUnanswered") {
            const told = interval ?? Number(/after (\d+) s/.exec(line)?.[1] ?? NaN);
            const value = Number.isFinite(told) ? told : since === null ? NaN : (time - since) / 1000;
            if (Number.isFinite(value)) points.push({ at, value, mark: event === "keptAlive" ? "good" : "bad", text: line });
        }
        if (["connected", "keptAlive", "received", "registered"].includes(event)) since = time;
    }
    return points;
}
