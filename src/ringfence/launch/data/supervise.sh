#!/bin/sh
# supervise.sh [OPTIONS] COMMAND ...: starts COMMAND, and again each time it ends, but never while the gate is closed.
# A running COMMAND is left alone. In tmux:  tmux new-session -d -s agent sh supervise.sh claude
#
# OPTIONS are those of `ringfence gate wait`: --account, --model, --class, --if-unknown, --timeout.
# RINGFENCE_RESTART_S: seconds between an end and the next start, 5 when not set.
# Exit status: 75 when the gate did not open within --timeout, 64 for wrong usage; Ctrl-C at the gate ends it with 130.
set -u

account='' model='' class='' if_unknown=open timeout=''
while [ $# -gt 1 ]; do
  case $1 in
  --account) account=$2 ;;
  --model) model=$2 ;;
  --class) class=$2 ;;
  --if-unknown) if_unknown=$2 ;;
  --timeout) timeout=$2 ;;
  *) break ;;
  esac
  shift 2
done
[ "${1-}" != -- ] || shift
case ${1-} in
'' | -*)
  echo 'supervise.sh: name the command to start: supervise.sh [--account NAME] [--timeout TIME] ... COMMAND ...' >&2
  exit 64
  ;;
esac

while :; do
  status=0
  @PROGRAM@ gate wait --if-unknown "$if_unknown" ${account:+--account "$account"} ${model:+--model "$model"} \
    ${class:+--class "$class"} ${timeout:+--timeout "$timeout"} || status=$?
  case $status in
  0) ;;
  64) exit 64 ;;
  1) exit 75 ;;
  126 | 127) echo 'supervise.sh: Ringfence cannot be run; starting all the same.' >&2 ;;
  *) exit "$status" ;; # interrupted
  esac
  "$@" || echo "supervise.sh: $1 ended with exit status $?." >&2
  sleep "${RINGFENCE_RESTART_S:-5}" || exit
done
