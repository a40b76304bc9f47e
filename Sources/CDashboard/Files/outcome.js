// What became of a notification, in a word and a drawing: readable without colour.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const STATUS = {
    0: "no reply", 1: "processing error", 2: "missing token", 3: "missing topic", 4: "missing payload", 5: "token size",
    6: "topic size", 7: "payload size", 8: "invalid token", 10: "shutdown", 128: "protocol error", 255: "unknown",
};
const FATE = {
    delivered: "delivered", inFlight: "in flight", stored: "stored", coalesced: "coalesced", expired: "expired",
    undeliverable: "undeliverable", lost: "lost",
};

export function outcomeName({ verdict, fate }) {
    return verdict === "accepted" ? (fate ?? "accepted") : verdict;
}

export function outcomeText(notification) {
    const { verdict, status, fate } = notification;
    if (verdict === "rejected") return `rejected ${status ?? ""} ${STATUS[status] ?? ""}`.trim();
    return verdict === "accepted" ? (FATE[fate] ?? "accepted") : verdict;
}

export function chip(notification) {
    const name = outcomeName(notification);
    return h("span", { class: `chip ${name}`, title: notification.explanation }, icon(name), outcomeText(notification));
}

/** One step of a life, as a sentence. */
export function sentence({ event, reason, explanation }, notification) {
    if (explanation) return explanation;
    const by = reason?.by ? ` by ${reason.by}` : "";
    const phone = notification.device ?? "the device";
    switch (event) {
    case "accepted": return "The gateway took the frame. It answers nothing: success is silent.";
    case "rejected": return `The gateway refused the frame with status ${notification.status ?? "?"} (${STATUS[notification.status] ?? reason?.code ?? "unknown"}) and closed the connection.`;
    case "discarded": return `It stood behind ${reason?.by ?? "a refused frame"} on the same connection, and was thrown away unread.`;
    case "sent": return `Sent to ${phone}, which has yet to acknowledge it.`;
    case "delivered": return `${phone} acknowledged it.`;
    case "stored": return STORED[reason?.code]?.(phone) ?? "Kept in the slot, which holds one notification.";
    case "coalesced": return `Replaced in the slot${by}: the slot keeps only the newest.`;
    case "expired": return reason?.code === "not-stored"
        ? "Its expiry forbids storing it, and the one attempt could not reach the device."
        : "It waited until its expiry had passed. The provider is not told.";
    case "undeliverable": return UNDELIVERABLE[reason?.code] ?? "It cannot be delivered.";
    case "lost": return `Swallowed by the fault rule ${reason?.rule ?? ""}.`;
    default: return event;
    }
}

const STORED = {
    "device-away": (phone) => `${phone} is not connected: kept in the slot until it is back.`,
    "awaiting-acknowledgement": () => "An earlier one is on its way and not acknowledged: kept in the slot behind it.",
    "topic-paused": (phone) => `${phone} has paused this app: kept in the slot.`,
    "topic-ignored": (phone) => `${phone} ignores this app: kept in the slot.`,
    "topic-unlisted": (phone) => `${phone} has not asked for this app yet: kept in the slot.`,
    "connection-lost": (phone) => `The connection to ${phone} broke before it acknowledged: back in the slot, to be sent again.`,
};
const UNDELIVERABLE = {
    "app-removed": "The app is gone from the device: the token goes on the feedback list.",
    "device-removed": "The device was taken out of the service.",
    "unusable-payload": "No device can use this payload.",
};
