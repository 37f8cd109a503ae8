# shellcheck shell=sh
# shellcheck disable=SC2016,SC2088,SC2119,SC2120,SC2209,SC3028,SC3043
# Ringfence for sh, dash, bash, zsh and busybox: ask the gate before a new agent run. Read it in:  . ringfence.sh
#
#   ringfence_gate [--if-unknown open|closed]               0 open, 1 closed, 69 nobody can tell; prints nothing
#   ringfence_may_start [--if-unknown open|closed]          0 start, 1 do not; unknown starts, with one warning a shell
#   ringfence_guard [--if-unknown open|closed] COMMAND ...  starts COMMAND, or returns 75 and says why
#
# RINGFENCE_IF_UNKNOWN=closed makes the last two hold what is unknown, where no option says otherwise.
#
# They answer the launch that names no account, model or class, from the first line of gate.json. bash 5 and zsh start
# no process for it, on Linux no other shell does either while the verdict holds; else one without a clock of its own
# starts `date`. What no shell sees without a process, that others may write the file and that the rest of it is damaged,
# `ringfence gate check` sees.

# EPOCHSECONDS is the clock from bash 5 on, where an assignment to it is ignored. Elsewhere it may be a number that
# somebody exported, and such a clock stands still. The same goes for the names of the versions.
_rf_clock=date
_rf_told=
_rf_file='' _rf_last='' _rf_middle=0 _rf_from=0 _rf_ends=0 _rf_verdict=69
if [ -n "${ZSH_VERSION-}" ] && command -v emulate >/dev/null 2>&1; then
  _rf_clock=zsh
elif [ -n "${BASH_VERSION-}" ]; then
  EPOCHSECONDS=0
  if [ "${EPOCHSECONDS-0}" = 0 ]; then unset EPOCHSECONDS; else _rf_clock=bash; fi
fi

_ringfence_find() { # sets _rf_file: where the gate is, by the rule of `ringfence gate path`
  if [ -n "${RINGFENCE_HOME-}" ]; then
    _rf_file=$RINGFENCE_HOME/gate.json
    case $_rf_file in '~/'*) _rf_file=${HOME-}${_rf_file#?} ;; esac
    return 0
  fi
  case ${OSTYPE-} in
  darwin*) _rf_file="${HOME-}/Library/Application Support/ringfence/gate.json" ;;
  msys* | cygwin*) _rf_file=${LOCALAPPDATA:-${HOME-}/AppData/Local}/ringfence/gate.json ;;
  ?*) _ringfence_find_xdg ;;
  *) # dash names no system, and `uname` would be a process
    if [ -d /System/Library/CoreServices ]; then
      _rf_file="${HOME-}/Library/Application Support/ringfence/gate.json"
    else
      _ringfence_find_xdg
    fi
    ;;
  esac
}

_ringfence_find_xdg() { # a relative path is invalid by the specification and ignored
  case ${XDG_STATE_HOME-} in
  /*) _rf_file=$XDG_STATE_HOME/ringfence/gate.json ;;
  *) _rf_file=${HOME-}/.local/state/ringfence/gate.json ;;
  esac
}

# Sets _rf_verdict (0 open, 1 closed) and the seconds between which the line says so, when it says anything.
_ringfence_parse() { # LINE
  case $1 in
  '{"verdict":"closed","valid_until":null,') # a pause without an end; open always has one
    _rf_verdict=1 _rf_from=0 _rf_ends=99999999999
    return 0
    ;;
  '{"verdict":"open","valid_until":'[0-9]*, | '{"verdict":"closed","valid_until":'[0-9]*,) ;;
  *) return 69 ;;
  esac
  _rf_ends=${1#*\"valid_until\":}
  _rf_ends=${_rf_ends%,}
  case $_rf_ends in *[!0-9]* | 0?* | ????????????*) return 69 ;; esac
  case $1 in
  '{"verdict":"c'*) _rf_verdict=1 _rf_from=0 ;;
  # Open holds for a lease of 900 s at most; one that ends later was written under another clock.
  *) _rf_verdict=0 _rf_from=$((_rf_ends - 1020)) ;;
  esac
}

_ringfence_now() { # sets $now: epoch seconds, or nothing
  case ${_rf_clock-} in
  bash) now=${EPOCHSECONDS-} ;;
  zsh) emulate zsh -c 'now=${(%):-%D{%s}}' ;; # a prompt's clock: needs no module, which would stay loaded
  *) now=$(date +%s 2>/dev/null) || now= ;;
  esac
}

# A clock without a process, on Linux: when the system started, as the file's second line says, and how long it runs.
# It goes on as that of the writer did when it wrote, and does not see that somebody set the time since; so it may only
# confirm a verdict, and the lease of an open one is 900 s of it at most. Another start of the system, another machine:
# another id. A container may show an uptime of its own (lxcfs, proot), from a file with a size; the kernel's has none.
_ringfence_since_start() { # LINE: sets $now: epoch seconds, or nothing
  local id up rest
  now=
  [ -r /proc/uptime ] && [ ! -s /proc/uptime ] && [ -r /proc/sys/kernel/random/boot_id ] || return 0
  IFS= read -r id </proc/sys/kernel/random/boot_id || return 0
  case $1 in '"boot":{"id":"'"$id"'","at":'[1-9]*'},') ;; *) return 0 ;; esac
  IFS=. read -r up rest </proc/uptime || return 0
  now=${1##*:}
  now=${now%\},}
  case $now$up in *[!0-9]*) now= ;; *) now=$((now + up)) ;; esac
}

_ringfence_holds() { # NOW: 0 when the verdict holds then, or needs no clock
  # More than a shell with numbers of 32 bits can compare.
  [ "$_rf_ends" != 99999999999 ] || return 0
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  [ "$_rf_ends" -gt "$1" ] && [ "$1" -ge "$_rf_from" ]
}

_ringfence_ask() { # 0 open, 1 closed, 69 unknown
  local line start now
  _rf_last=
  _ringfence_find
  # A fifo would block for ever; a link or another's file is not the monitor's.
  [ -f "$_rf_file" ] && [ -O "$_rf_file" ] && [ -r "$_rf_file" ] || return 69
  [ ! -h "$_rf_file" ] || return 69
  # A line without an end is a file that was cut off.
  start=
  { IFS= read -r line && { [ "${_rf_clock-}" != date ] || IFS= read -r start || start=; }; } <"$_rf_file" &&
    _ringfence_parse "$line" || return 69
  _ringfence_since_start "$start"
  _ringfence_holds "$now" || {
    _ringfence_now
    _ringfence_holds "$now" || return 69
  }
  [ "$_rf_verdict" != 0 ] || _ringfence_remember "$line"
  return "$_rf_verdict"
}

_ringfence_remember() { # LINE: that it opened the gate, and for which environment
  case ${RINGFENCE_HOME-} in *:* | '~'*) return 0 ;; esac # it could be taken for the others, or depends on them
  _rf_last="0:${RINGFENCE_HOME:-${XDG_STATE_HOME-}:${HOME-}}:$1
"
  _rf_middle=$((_rf_ends - 510))
}

_ringfence_option() { # sets $if_unknown and $taken, how many arguments it took
  if_unknown='' taken=0
  case ${1-} in
  --if-unknown) if_unknown=${2-} taken=2 ;;
  --if-unknown=*) if_unknown=${1#*=} taken=1 ;;
  *) return 0 ;;
  esac
  case $if_unknown in
  open | closed) ;;
  *)
    echo 'ringfence: --if-unknown must be open or closed.' >&2 || :
    return 64
    ;;
  esac
}

_ringfence_none_left() { # HOW-MANY: wrong usage when there are arguments left
  [ "$1" -gt 0 ] || return 0
  echo 'ringfence: the only option here is --if-unknown open|closed; `ringfence gate check` knows more.' >&2 || :
  return 64
}

_ringfence_gate() {
  local if_unknown taken verdict
  _ringfence_option "$@" && _ringfence_none_left "$(($# - taken))" || return 64
  verdict=0
  _ringfence_ask || verdict=$?
  case $verdict,$if_unknown in
  69,open) verdict=0 ;;
  69,closed) verdict=1 ;;
  esac
  return "$verdict"
}

if [ "$_rf_clock" = bash ]; then
  # Scripts may ask in a loop. The file is read each time, but a line that opened the gate before needs no second look:
  # it does so again for as long as it holds. Only a fifo must be kept out, which would block. `mapfile` costs less than
  # `read`, and keeps the end of the line. EPOCHSECONDS costs as much as the rest of the comparisons and is read once:
  # the square of its distance from the middle of the 1020 s that open holds at most. The quotes are for dash, which
  # reads this too, as commands.
  # shellcheck disable=SC2015,SC3006,SC3010
  ringfence_gate() {
    [[ -f $_rf_file ]] && mapfile -n 1 _rf_line <"$_rf_file" &&
      [[ $#:${RINGFENCE_HOME:-${XDG_STATE_HOME-}:${HOME-}}:${_rf_line-} == "$_rf_last" ]] &&
      (("(EPOCHSECONDS - _rf_middle) ** 2 < 260100")) || _ringfence_gate "$@"
  }
else
  ringfence_gate() { _ringfence_gate "$@"; }
fi

_ringfence_decide() { # IF-UNKNOWN, or empty: 0 start, 1 do not; says so when it does not know
  local verdict
  verdict=0
  ringfence_gate || verdict=$?
  [ "$verdict" = 69 ] || return "$verdict"
  if [ "${1:-${RINGFENCE_IF_UNKNOWN-}}" = closed ]; then
    echo 'ringfence: the gate is unknown, taken as closed; start the monitor with `ringfence`.' >&2 || :
    return 1
  fi
  [ -z "${_rf_told-}" ] || return 0
  _rf_told=1
  echo 'ringfence: the gate is unknown, taken as open; start the monitor with `ringfence`.' >&2 || :
}

ringfence_may_start() {
  local if_unknown taken
  _ringfence_option "$@" && _ringfence_none_left "$(($# - taken))" || return 64
  _ringfence_decide "$if_unknown"
}

_ringfence_say_refusal() { # the refusal as JSON, which stands on a line of its own in the file
  local line
  [ -f "$_rf_file" ] && [ -r "$_rf_file" ] || return 0
  while IFS= read -r line; do
    case $line in
    '"refusal":{'*)
      line=${line#*:}
      printf '%s\n' "${line%,}" >&2 || :
      return 0
      ;;
    esac
  done <"$_rf_file"
  return 0
}

ringfence_guard() {
  local if_unknown taken
  _ringfence_option "$@" || return 64
  shift "$taken"
  [ "${1-}" != -- ] || shift
  if [ $# -eq 0 ]; then
    echo 'ringfence: name the command to start: ringfence_guard COMMAND ...' >&2 || :
    return 64
  fi
  if _ringfence_decide "$if_unknown"; then
    "$@"
  else
    printf 'ringfence: %s was not started; `ringfence status` says what holds it.\n' "$1" >&2 || :
    _ringfence_say_refusal
    return 75
  fi
}
