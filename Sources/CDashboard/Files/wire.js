// Reads a frame of the provider protocol byte by byte, the way the gateway does, and names what stands where. Whatever is
// wrong is named too; nothing is thrown away.

const ITEMS = {
    1: ["token", "Device token"], 2: ["payload", "Payload"], 3: ["identifier", "Identifier"], 4: ["expiry", "Expiry"],
    5: ["priority", "Priority"],
};
const FORMS = { 0: "simple", 1: "enhanced", 2: "items" };

/**
 * @param {Uint8Array} bytes
 * @returns {{fields: {start: number, end: number, kind: string, name: string, value: string, problem?: string}[], problems: string[]}}
 *     every byte belongs to exactly one field
 */
export function readFrame(bytes) {
    const reader = new Reader(bytes);
    if (bytes.length === 0) return { fields: [], problems: ["The frame is empty."] };
    const command = reader.number(1, "command", "Command", (value) => FORMS[value] ? `${value}, ${FORMS[value]}` : `${value}, unknown`);
    if (command === 0) addressed(reader);
    else if (command === 1) {
        reader.number(4, "identifier", "Identifier", identifier);
        reader.number(4, "expiry", "Expiry", expiry);
        addressed(reader);
    } else if (command === 2) items(reader);
    else reader.problem("No such command: where the frame ends cannot be known.");
    reader.rest();
    return { fields: reader.fields, problems: reader.problems };
}

function addressed(reader) {
    const tokenLength = reader.number(2, "length", "Token length", String);
    if (tokenLength === null) return;
    if (tokenLength !== 32) reader.problem(`A token has 32 bytes, and this one ${tokenLength}.`);
    if (!reader.bytes(tokenLength, "token", "Device token", tokenText)) return;
    const payloadLength = reader.number(2, "length", "Payload length", String);
    if (payloadLength === null) return;
    if (payloadLength === 0) reader.problem("The payload is empty.");
    reader.bytes(payloadLength, "payload", "Payload", payloadText);
}

function items(reader) {
    const length = reader.number(4, "length", "Frame length", String);
    if (length === null) return;
    const end = reader.offset + length;
    if (end > reader.all.length) reader.problem(`The frame announces ${length} bytes and has ${reader.all.length - reader.offset}.`);
    const seen = new Set();
    while (reader.offset < Math.min(end, reader.all.length)) {
        if (reader.offset + 3 > end) {
            reader.problem("What is left is too short for another item.");
            return;
        }
        const id = reader.number(1, "item", "Item", (value) => `${value}, ${ITEMS[value]?.[1].toLowerCase() ?? "unknown: skipped"}`);
        const size = reader.number(2, "length", "Item length", String);
        if (size === null) return;
        if (seen.has(id)) reader.problem(`Item ${id} stands there twice.`);
        seen.add(id);
        if (reader.offset + size > end) reader.problem(`Item ${id} runs ${reader.offset + size - end} bytes past the end of the frame.`);
        if (!item(reader, id, size)) return;
    }
    if (!seen.has(1)) reader.problem("There is no device token.");
    if (!seen.has(2)) reader.problem("There is no payload.");
}

function item(reader, id, size) {
    const [kind, name] = ITEMS[id] ?? ["unknown", `Item ${id}`];
    const expected = { identifier: 4, expiry: 4, priority: 1, token: 32 }[kind];
    if (expected !== undefined && size !== expected) reader.problem(`${name} has ${expected} bytes, and this one ${size}.`);
    if (kind === "identifier" && size === 4) return reader.number(4, kind, name, identifier) !== null;
    if (kind === "expiry" && size === 4) return reader.number(4, kind, name, expiry) !== null;
    if (kind === "priority" && size === 1) return reader.number(1, kind, name, priority) !== null;
    return reader.bytes(size, kind, name, kind === "payload" ? payloadText : tokenText);
}

class Reader {
    constructor(all) {
        Object.assign(this, { all, offset: 0, fields: [], problems: [] });
    }

    problem(text) {
        this.problems.push(text);
    }

    number(size, kind, name, text) {
        const slice = this.take(size, kind, name);
        if (!slice) return null;
        const value = slice.reduce((sum, byte) => sum * 256 + byte, 0);
        this.fields.at(-1).value = text(value);
        return value;
    }

    bytes(size, kind, name, text) {
        if (size === 0) return true;
        const slice = this.take(size, kind, name);
        if (!slice) return false;
        this.fields.at(-1).value = text(slice);
        return true;
    }

    /** Takes so many bytes; what is there of them when they are not all there. */
    take(size, kind, name) {
        const start = this.offset;
        const end = Math.min(start + size, this.all.length);
        this.offset = end;
        const isWhole = end - start === size;
        if (end > start) this.fields.push({ start, end, kind, name, value: isWhole ? "" : `${end - start} of ${size} bytes` });
        if (!isWhole) this.problem(`${name} has ${size} bytes, of which ${end - start} are there.`);
        return isWhole ? this.all.subarray(start, end) : null;
    }

    rest() {
        const count = this.all.length - this.offset;
        if (count > 0) this.fields.push({ start: this.offset, end: this.all.length, kind: "rest", name: "Not read", value: `${count} bytes` });
        this.offset = this.all.length;
    }
}

const tokenText = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const identifier = (value) => `${value} (0x${value.toString(16).padStart(8, "0")})`;
const priority = (value) => `${value}${value === 10 ? ", at once" : value === 5 ? ", when it suits the battery" : ", counts as 10"}`;

function expiry(value) {
    return value === 0 ? "0, never stored" : `${value} (${new Date(value * 1000).toISOString()})`;
}

function payloadText(bytes) {
    const text = new TextDecoder().decode(bytes);
    return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
