// Small drawings. Each says the same as the word beside it, so none is needed to understand the page.

import { s } from "./dom.js";

const PATHS = {
    delivered: "M3 8.5l3.2 3.2L13 4.8",
    inFlight: "M2.5 8h10M8.8 4.2L12.8 8l-4 3.8",
    stored: "M2.5 5.5h11v8h-11zM2 2.5h12v3H2zM6.5 8.5h3",
    coalesced: "M5 2.5h8.5V11M2.5 5H11v8.5H2.5z",
    expired: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.8V8l2.2 1.6",
    undeliverable: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
    lost: "M9.5 1.5L3.5 9H8l-1.5 5.5L12.5 7H8z",
    accepted: "M3 8.5l3.2 3.2L13 4.8",
    rejected: "M4 4l8 8M12 4l-8 8",
    discarded: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM3.8 12.2l8.4-8.4",
    badge: "M2.5 2.5h11v11h-11zM8.8 5v6M8.8 5L7 6.4",
    sound: "M2.5 6h2.6L9 3v10L5.1 10H2.5zM11.3 5.6a3.4 3.4 0 0 1 0 4.8",
    silent: "M8 1.8v2.4M3.6 3.6l1.7 1.7M1.8 8h2.4M12.4 3.6l-1.7 1.7M14.2 8h-2.4M8 14.2V8",
    category: "M2.5 3.5h11M2.5 8h11M2.5 12.5h7",
    copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
    open: "M6 3.5H2.5v10h10V10M9 2.5h4.5V7M13.5 2.5L7.5 8.5",
    close: "M4 4l8 8M12 4l-8 8",
    pause: "M5 3v10M11 3v10",
    play: "M4.5 2.8v10.4L13 8z",
    bin: "M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.7 9h6.6l.7-9",
    warning: "M8 2L14.5 13.5h-13zM8 6.5v3.4M8 11.3v.6",
    more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
};

export function icon(name) {
    return s("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
        s("path", { d: PATHS[name] ?? PATHS.more }));
}
