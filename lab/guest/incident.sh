# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# shellcheck disable=SC2034 # the texts are for the suites
# What the suites that replay the incident have in common.

# The kernel's log since the last call of mark, without times.
mark() { echo "lab: mark" >/dev/kmsg; }
log() {
	dmesg | awk '{ sub(/^\[[^]]*\] /, "") }
		/^lab: mark$/ { n = 0; next }
		{ line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }'
}

# logged REGEX: in exactly one line of the log since the mark.
logged() { [ "$(log | grep -Ec "$1")" = 1 ] || { log; false; }; }

logged_some() { log | grep -Eq "$1" || { log; false; }; }

# awaited REGEX: in a line of the log since the mark, which may be yet to come. Without
# backslashes: awk -v takes them for its own.
awaited() {
	awk -v regex="$1" -v marks="$(dmesg | grep -c 'lab: mark$')" '
		/^ / { next }
		{ sub(/^[^;]*;/, "") }
		/^lab: mark$/ { marks--; next }
		!marks && $0 ~ regex { exit }' /dev/kmsg
}

incident() {
	mark
	load kwaitgroup_incident "$@"
}

end_incident() {
	mark
	rmmod kwaitgroup_incident
}

# row REQUEST ORDERS OK FAILED OUTCOME: a line of the table that the incident prints.
row() { logged "^incident: +$1 +$2 +$3 +$4  $5\$"; }

still='HANGS, still waiting after [0-9]+ ms'
gave_up='HANGS, gave up with (-ETIMEDOUT|-110) after [0-9]+ ms'
queued='queued behind request 1, not started'
finished='finished after [0-9]+ ms'

# Names and counts that debugfs lists.
groups() { awk 'NR > 1 { print $2, $3 }' "$debugfs/groups"; }

# groups_are COUNT...: those of the incident's requests, and no others.
groups_are() {
	request=0
	for count; do
		request=$((request + 1))
		echo "incident-request-$request $count"
	done >/tmp/expected
	groups >/tmp/listed
	diff /tmp/expected /tmp/listed
}
