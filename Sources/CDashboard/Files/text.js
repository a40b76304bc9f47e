// How values are written: times, tokens, bytes, shell words.

const CLOCK = new Intl.DateTimeFormat(undefined, {
    hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23",
});
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** `10:31:07.123`, with the date in front when it is not today's. */
export function clockTime(iso) {
    const date = new Date(iso);
    const day = date.toDateString() === new Date().toDateString() ? "" : `${iso.slice(0, 10)} `;
    return day + CLOCK.format(date);
}

export function fullTime(iso) {
    return `${FULL.format(new Date(iso))} (${iso})`;
}

/** `now`, `12 s ago`, `in 3 h`. */
export function relativeTime(iso, now = Date.now()) {
    const gone = now - Date.parse(iso);
    if (Math.abs(gone) < 1000) return "now";
    const span = duration(Math.abs(gone), 1);
    return gone > 0 ? `${span} ago` : `in ${span}`;
}

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000], ["ms", 1]];

/** `1 h 5 min`; the two largest units unless told otherwise. */
export function duration(milliseconds, parts = 2) {
    let rest = Math.round(milliseconds);
    if (rest >= 1000) rest -= rest % 1000;
    const words = [];
    for (const [unit, size] of UNITS) {
        if (words.length === parts) break;
        if (rest < size) {
            if (words.length > 0) break;
            continue;
        }
        words.push(`${Math.floor(rest / size)} ${unit}`);
        rest %= size;
    }
    return words.join(" ") || "0 ms";
}

/** The first and last four digits. */
export function shortToken(token) {
    return token && token.length > 12 ? `${token.slice(0, 4)}…${token.slice(-4)}` : (token ?? "");
}

export function bytes(count) {
    if (count < 10_000) return `${count.toLocaleString()} B`;
    if (count < 10_000_000) return `${(count / 1024).toFixed(1)} KiB`;
    return `${(count / 1048576).toFixed(1)} MiB`;
}

export function plural(count, one, many = `${one}s`) {
    return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

export function hex(array) {
    return Array.from(array, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A word of a POSIX shell: quoted where it has to be. */
export function shellWord(text) {
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The text of an alert, whichever form it has. */
export function alertText(payload) {
    const alert = payload?.aps?.alert;
    if (typeof alert === "string") return alert;
    if (alert === null || typeof alert !== "object") return "";
    const localized = (key, args) => alert[key] && [alert[key], ...(Array.isArray(alert[args]) ? alert[args] : [])].join(" · ");
    const title = alert.title ?? localized("title-loc-key", "title-loc-args");
    const body = alert.body ?? localized("loc-key", "loc-args");
    return [title, body].filter((part) => typeof part === "string" && part !== "").join(" · ");
}
