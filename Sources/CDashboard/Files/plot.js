// A step curve over time, drawn to scale, with its values as a table for those who do not see it.

import { h, s } from "./dom.js";
import { clockTime, duration } from "./text.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [640, 180, 80, 24, 12, 12];

/**
 * @param {string} caption
 * @param {{at: string, value: number, mark?: "good" | "bad", text?: string}[]} points in order; `value` in seconds
 * @param {string} end the time up to which the last value holds
 */
export function stepPlot(caption, points, end) {
    const times = points.map(({ at }) => Date.parse(at));
    const from = times[0];
    const until = Math.max(Date.parse(end), times.at(-1), from + 1000);
    const highest = niceCeiling(Math.max(...points.map(({ value }) => value), 1));
    const x = (time) => LEFT + ((time - from) / (until - from)) * (WIDTH - LEFT - RIGHT);
    const y = (value) => HEIGHT - BOTTOM - (value / highest) * (HEIGHT - BOTTOM - TOP);

    let line = `M${x(from)} ${y(points[0].value)}`;
    points.slice(1).forEach((point, index) => {
        line += `H${x(times[index + 1]).toFixed(1)}V${y(point.value).toFixed(1)}`;
    });
    line += `H${x(until)}`;
    const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => [
        s("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(highest * part), y2: y(highest * part), class: "grid" }),
        s("text", { x: LEFT - 6, y: y(highest * part) + 4, "text-anchor": "end" }, part === 0 ? "0" : duration(highest * part * 1000)),
    ]);
    const marks = points.map((point, index) => point.mark ? mark(point, x(times[index]), y(point.value)) : null);
    return h("figure", { class: "plot" },
        s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": caption },
            grid, s("path", { d: line, class: "curve" }), marks,
            s("text", { x: LEFT, y: HEIGHT - 6 }, clockTime(points[0].at)),
            s("text", { x: WIDTH - RIGHT, y: HEIGHT - 6, "text-anchor": "end" }, clockTime(new Date(until).toISOString()))),
        h("figcaption", null, caption, " ", legend(points)),
        h("details", null, h("summary", null, "As a table"),
            h("table", null, h("thead", null, h("tr", null, ["Time", "Value", "What happened"].map((name) => h("th", { scope: "col" }, name)))),
                h("tbody", null, points.map(({ at, value, text }) => h("tr", null,
                    h("td", null, clockTime(at)), h("td", null, duration(value * 1000)), h("td", null, text ?? "")))))));
}

function mark({ mark: kind, text, at }, x, y) {
    const title = s("title", null, `${clockTime(at)} ${text ?? ""}`);
    return kind === "good"
        ? s("circle", { cx: x, cy: y, r: 3, class: "mark-good" }, title)
        : s("path", { d: `M${x - 4} ${y - 4}l8 8M${x + 4} ${y - 4}l-8 8`, class: "mark-bad" }, title);
}

function legend(points) {
    return [
        points.some(({ mark: kind }) => kind === "good") ? h("span", { class: "legend good" }, "● answered ") : null,
        points.some(({ mark: kind }) => kind === "bad") ? h("span", { class: "legend bad" }, "✕ unanswered or cut") : null,
    ];
}

const STEPS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

function niceCeiling(seconds) {
    return STEPS.find((step) => step >= seconds) ?? Math.ceil(seconds / 3600) * 3600;
}
