// SPDX-License-Identifier: GPL-2.0
// In the flame graph: a click on a frame makes it as wide as the picture, one on the lowest goes back; "search" asks
// for a regular expression, and frames the frames that match. Each frame says of itself how many members are to
// its left (data-left), how many it has (data-count), and how deep it is (data-depth).
"use strict";
(function () {
	const svg = document.documentElement, frames = Array.from(svg.querySelectorAll("g.frame"));
	const margin = Number(svg.dataset.margin), narrow = Number(svg.dataset.narrow);
	const wide = Number(svg.getAttribute("width")) - 2 * margin;
	const found = svg.querySelector("#found"), search = svg.querySelector("#search");
	const of = (frame, what) => Number(frame.dataset[what]);

	function place(frame, x, width) {
		for (const part of [frame.querySelector("rect"), frame.querySelector("svg")]) {
			part.setAttribute("x", x.toFixed(2));
			part.setAttribute("width", Math.max(width, 0).toFixed(2));
		}
		frame.querySelector("text").style.display = width < narrow ? "none" : "";
	}

	// Below it whoever has called it, above it whom it calls, and nobody else.
	function zoom(to) {
		const left = of(to, "left"), count = of(to, "count"), depth = of(to, "depth"), scale = wide / count;
		for (const frame of frames) {
			const from = of(frame, "left"), end = from + of(frame, "count");
			const calls = of(frame, "depth") < depth && from <= left && end >= left + count;
			const inside = of(frame, "depth") >= depth && from >= left && end <= left + count;
			frame.style.display = calls || inside ? "" : "none";
			frame.style.opacity = calls ? 0.5 : 1;
			place(frame, calls ? margin : margin + (from - left) * scale, calls ? wide : (end - from) * scale);
		}
	}

	// Members that are in a frame that matches, each once: the outermost that matches has them all.
	function mark(regex) {
		const outermost = [];
		for (const frame of frames) {
			const matches = regex && regex.test(frame.dataset.name), rect = frame.querySelector("rect");
			rect.style.stroke = matches ? "black" : "";
			rect.style.strokeWidth = matches ? 2 : "";
			const left = of(frame, "left");
			if (matches && !outermost.some((f) => left >= of(f, "left") && left < of(f, "left") + of(f, "count")))
				outermost.push(frame);
		}
		const members = outermost.reduce((sum, frame) => sum + of(frame, "count"), 0);
		found.textContent = regex ? `${members} of ${of(frames[0], "count")} members match ${regex.source}` : "";
	}

	function ask() {
		const text = window.prompt("Functions or groups that match this regular expression:", "");
		try {
			mark(text ? new RegExp(text) : null);
		} catch (error) {
			found.textContent = `not a regular expression: ${text}`;
		}
	}

	frames.forEach((frame) => frame.addEventListener("click", () => zoom(frame)));
	search.addEventListener("click", ask);
	search.style.display = "";
	svg.kwgstacks = { zoom, mark };
})();
