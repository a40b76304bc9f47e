// What a phone would show. A sketch, and it says so: layout and limits differed by model and version.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { alertText, relativeTime } from "./text.js";

/** The last part of a bundle id, and its first letter as the icon. */
export function appName(topic) {
    const name = (topic ?? "?").split(".").at(-1) || "?";
    return name[0].toUpperCase() + name.slice(1);
}

export function appIcon(topic, badge) {
    let sum = 0;
    for (const letter of topic ?? "") sum = (sum * 31 + letter.codePointAt(0)) % 360;
    return h("span", { class: "app-icon", style: { backgroundColor: `hsl(${sum} 45% 38%)` }, "aria-hidden": "true" },
        appName(topic)[0], badge > 0 ? h("span", { class: "app-badge" }, badge) : null);
}

/** One notification as a card. */
export function card({ topic, payload, receivedAt }, now) {
    const alert = payload?.aps?.alert;
    const title = typeof alert === "object" && alert !== null ? alert.title : undefined;
    const body = typeof alert === "object" && alert !== null && typeof alert.title === "string"
        ? alertText({ aps: { alert: { ...alert, title: undefined } } }) : alertText(payload);
    return h("div", { class: "card" }, appIcon(topic),
        h("div", { class: "card-text" },
            h("div", { class: "card-head" }, h("b", null, appName(topic)), h("time", { datetime: receivedAt }, relativeTime(receivedAt, now))),
            typeof title === "string" ? h("strong", null, title) : null,
            h("p", null, body)));
}

export function phoneFrame(time, content, label) {
    return h("div", { class: "phone-frame", role: "group", "aria-label": label },
        h("div", { class: "phone-screen" },
            h("div", { class: "phone-time" }, new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(time)),
            h("div", { class: "phone-date" }, new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" }).format(time)),
            content));
}

/** A single push: the card, and in words what the phone does. */
export function sketch(notification) {
    const { payload, payloadBase64, clockAt, verdict, fate } = notification;
    if (payloadBase64 !== undefined || payload === undefined || payload === null || typeof payload !== "object" || Array.isArray(payload)) {
        return h("p", { class: "empty" }, "No device can use this payload: it has to be a JSON dictionary in UTF-8.");
    }
    const shows = alertText(payload) !== "";
    return [
        phoneFrame(new Date(clockAt), shows ? card(notification, Date.parse(notification.receivedAt)) : h("p", { class: "phone-quiet" }, "Nothing to see"), "Sketch of a lock screen"),
        h("ul", { class: "effects" }, effects(payload).map(([name, text]) => h("li", null, icon(name), text))),
        verdict !== "accepted" || (fate !== "delivered" && fate !== "inFlight")
            ? h("p", { class: "hint" }, "This one did not get there: the sketch shows what it would have been.") : null,
        h("p", { class: "hint" }, "A sketch: phones of different years drew this differently."),
    ];
}

function effects(payload) {
    const { aps } = payload;
    if (typeof aps !== "object" || aps === null) return [["warning", "There is no “aps” dictionary: the phone shows nothing."]];
    const list = [];
    if (alertText(payload)) list.push(["open", "Shows the alert."]);
    if ("badge" in aps) list.push(["badge", aps.badge === 0 ? "Removes the badge." : `Puts ${JSON.stringify(aps.badge)} on the app's icon.`]);
    if ("sound" in aps) list.push(["sound", aps.sound === "default" ? "Plays the default sound." : `Plays ${JSON.stringify(aps.sound)}, if the app has it.`]);
    if (aps["content-available"]) list.push(["silent", "Wakes the app in the background."]);
    if ("category" in aps) list.push(["category", `Offers the actions of the category ${JSON.stringify(aps.category)}.`]);
    const more = Object.keys(payload).filter((key) => key !== "aps");
    if (more.length > 0) list.push(["more", `Hands the app ${more.map((key) => `“${key}”`).join(", ")}.`]);
    return list.length === 0 ? [["more", "Does nothing that a person would notice."]] : list;
}
