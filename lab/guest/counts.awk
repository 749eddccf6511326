# SPDX-License-Identifier: GPL-2.0
# Compares what was counted, the second file, with the bounds, the first; prints KTAP.

function told(ok, text) { lines[++nr] = (ok ? "ok " : "not ok ") nr " " text }
function shown(name) { return name ": " count[name] " instructions" (atomics[name] == "-" ? "" : ", " atomics[name] " atomic operations") }

FILENAME == ARGV[1] && /^[^#]/ {
	if ($1 == "ratio")
		ratio[++ratios] = $0
	else
		bound[++bounds] = $0
	next
}
FILENAME == ARGV[1] { next }

# bench: count NAME BY-THE-CLOCK BY-STEPS ATOMICS
$1 == "bench:" && $2 == "count" {
	count[$3] = $4
	sub(/\.00$/, "", count[$3])
	atomics[$3] = $6
	if ($5 != "-") {
		both++
		if ($5 + 0 != $4 + 0)
			differ = differ " " $3 ": " $4 " by the clock, " $5 " by steps;"
	}
}

END {
	if (both)
		told(differ == "", "the clock and single steps count the same" (differ ? ":" differ : ""))
	for (i = 1; i <= bounds; i++) {
		split(bound[i], b)
		if (!(b[1] in count))
			told(0, b[1] ": was not counted")
		else if (count[b[1]] + 0 > b[2] || (b[3] != "-" && atomics[b[1]] + 0 > b[3]))
			told(0, shown(b[1]) ", more than " b[2] " and " b[3])
		else if (count[b[1]] + 0 < b[2] || (b[3] != "-" && atomics[b[1]] + 0 < b[3]))
			told(1, shown(b[1]) ", and the bounds are " b[2] " and " b[3] ": tighten them")
		else
			told(1, shown(b[1]))
	}
	for (i = 1; i <= ratios; i++) {
		split(ratio[i], r)
		q = count[r[3]] ? count[r[2]] / count[r[3]] : "no"
		told(q != "no" && (r[2] in count) && q <= r[4], sprintf("%s is %.2f times %s, at most %s", r[2], q, r[3], r[4]))
	}
	if (!nr)
		told(1, "counts # SKIP no bounds for this kernel")
	print "KTAP version 1"
	print "1.." nr
	for (i = 1; i <= nr; i++)
		print lines[i]
}
