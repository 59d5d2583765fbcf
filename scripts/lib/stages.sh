# Runs named stages and says at the end, also when one failed, how long each took.
# shellcheck shell=bash

STAGES=() STAGE='' STAGE_FROM=0
# Called at the end; a script that has to do more there names a function of its own, which calls stages_report.
STAGES_END=stages_report

# stage NAME COMMAND...: not inside a condition, since that would switch off `set -e` in COMMAND.
stage() {
    # shellcheck disable=SC2064
    trap "$STAGES_END" EXIT
    STAGE=$1 STAGE_FROM=$SECONDS
    shift
    say "$STAGE"
    "$@"
    STAGES+=("$(printf '%5ds  %s' $((SECONDS - STAGE_FROM)) "$STAGE")")
    STAGE=''
}

stages_report() {
    [ -z "$STAGE" ] || STAGES+=("$(printf '%5ds  %s: FAILED' $((SECONDS - STAGE_FROM)) "$STAGE")")
    printf '%s\n' "${STAGES[@]}" "$(printf '%5ds  in all' "$SECONDS")" >&2
}
