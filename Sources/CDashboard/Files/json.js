// Reads JSON without losing what a parser throws away: the order of keys, keys that stand there twice, numbers as they were
// written, and the place of the first mistake.

export class JSONDefect extends Error {
    constructor(text, offset) {
        super(text);
        this.offset = offset;
    }
}

const MAXIMUM_DEPTH = 128;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * @returns a tree of `{type, raw, value}`; an object's `value` is a list of `{key, value, repeated}`
 * @throws JSONDefect
 */
export function readJSON(text) {
    let offset = 0;

    function space() {
        while (" \t\n\r".includes(text[offset]) && offset < text.length) offset += 1;
    }

    function match(pattern, what) {
        pattern.lastIndex = offset;
        const found = pattern.exec(text);
        if (!found) throw new JSONDefect(`Not JSON: ${what} expected`, offset);
        offset += found[0].length;
        return found[0];
    }

    function value(depth) {
        if (depth > MAXIMUM_DEPTH) throw new JSONDefect("Nested too deeply", offset);
        space();
        const start = text[offset];
        if (start === "{") return object(depth);
        if (start === "[") return array(depth);
        if (start === '"') return string();
        for (const word of ["true", "false", "null"]) {
            if (text.startsWith(word, offset)) {
                offset += word.length;
                return { type: word === "null" ? "null" : "boolean", raw: word };
            }
        }
        return { type: "number", raw: match(NUMBER, "a value") };
    }

    function string() {
        const raw = match(STRING, "a string");
        return { type: "string", raw, value: JSON.parse(raw) };
    }

    function object(depth) {
        const members = [];
        const seen = new Set();
        list("}", () => {
            const key = string();
            space();
            if (text[offset] !== ":") throw new JSONDefect("Not JSON: “:” expected", offset);
            offset += 1;
            members.push({ key, value: value(depth + 1), repeated: seen.has(key.value) });
            seen.add(key.value);
        });
        return { type: "object", value: members };
    }

    function array(depth) {
        const elements = [];
        list("]", () => elements.push(value(depth + 1)));
        return { type: "array", value: elements };
    }

    function list(end, element) {
        offset += 1;
        space();
        if (text[offset] === end) {
            offset += 1;
            return;
        }
        for (;;) {
            space();
            element();
            space();
            if (text[offset] === end) break;
            if (text[offset] !== ",") throw new JSONDefect(`Not JSON: “,” or “${end}” expected`, offset);
            offset += 1;
        }
        offset += 1;
    }

    const whole = value(0);
    space();
    if (offset < text.length) throw new JSONDefect("It goes on behind its end", offset);
    return whole;
}
