#!/bin/sh
# Stands in for git while one of its processes is watched or killed: every git, whoever started it,
# has a name, SUBCOMMAND.N, the N-th of its kind. KILL_TARGET is the name of the one to kill, or
# `all` to trace each into KILL_CALLS/NAME/trace. If KILL_TOGETHER is 1, its
# whole process group dies with it.
own=${0##*/git}
[ -z "$own" ] || set -- "${own#-}" "$@"
command= skip=
for word; do
  if [ -n "$skip" ]; then
    skip=
  else
    case $word in
      -c | -C) skip=1 ;;
      -*) ;;
      *) command=$word && break ;;
    esac
  fi
done
[ -d "$KILL_CALLS" ] || exit 99
count=1
until mkdir "$KILL_CALLS/$command.$count" 2>/dev/null; do count=$((count + 1)); done
name=$command.$count
export GIT_EXEC_PATH="$KILL_SHIMS" # so that git finds this file too when it starts a git
case $KILL_TARGET in
  all) exec strace -f -b execve -qq -y -e "trace=$KILL_TRACE" -o "$KILL_CALLS/$name/trace" "$KILL_GIT" "$@" ;;
  "$name") ;;
  *) exec "$KILL_GIT" "$@" ;;
esac
set -- strace -f -b execve -qq -e "trace=$KILL_TRACE" -e "inject=$KILL_INJECT" -o "$KILL_CALLS/$name/trace" "$KILL_GIT" "$@"
[ "$KILL_TOGETHER" = 1 ] || exec "$@" # strace dies as git did
"$@"
status=$?
[ $status -le 128 ] || kill -9 0
exit $status
