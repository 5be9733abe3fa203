/** Output kept on the host's disk for each command: the oldest but the first part goes then. */
export const KEPT_BYTES = 256 * 1024 * 1024;
/** Blocks of 8 KiB in one file of output, at most 32 MiB. */
export const SEGMENT_BLOCKS = 4096;

/**
 * Starts a command that outlives the login, and is its supervisor, recorder and command in turn.
 *
 * One POSIX text in four roles, told apart by `MJ_R`: the start, which checks the host, makes the
 * record and answers one line; the supervisor, in a session of its own, which waits for the status;
 * its recorder, which copies output from a fifo to files named by their offset; the command, in
 * another session, so that a signal to its group never reaches the recorder. It reads from the
 * environment: `MJ_S` (itself), `MJ_ID`, `MJ_K` (shell), `MJ_C` (command), `MJ_SHOW` (command to show),
 * `MJ_IN` (null, fifo, pty), `MJ_CAP`, `MJ_N`.
 *
 * `&` is not used to detach: it makes dash, ash and ksh93 ignore INT for good. The state is 80 bytes
 * written in place and `open` is a file removed at the end of output, so both work on a full disk.
 * `@{` stands for the shell's own dollar and brace.
 */
export const SUPERVISOR: string = String.raw`
has() { command -v $1 >/dev/null 2>&1; }
born() { if [ -r /proc/$1/stat ] && read -r l </proc/$1/stat; then set -- @{l##*\) }; echo @{20}
else LC_ALL=C TZ=UTC0 ps -o lstart= -p $1 | tr -s ' ' _; fi; } 2>/dev/null
put() { printf '%-79s\n' "$*" 1<>"$MJ_D/state"; }
P='use POSIX;fork&&exit if shift||getpgrp==$$;setsid;exec@ARGV'
Y='import os,sys
if sys.argv[1]=="1" or os.getpgrp()==os.getpid():
 if os.fork():sys.exit()
os.setsid();os.execvp(sys.argv[2],sys.argv[2:])'
leave() { set -- sh -c 'eval "$MJ_S"' "$1"
if has setsid; then ( exec $MJ_W setsid sh -c 'exec setsid "$@"' mj "$@" )
elif has perl; then $MJ_W perl -e "$P" 1 "$@"
else $MJ_W python3 -c "$Y" 1 "$@"; fi; } </dev/null >/dev/null 2>&1
lead() { set -- sh -c 'eval "$MJ_S"' mj
if has setsid; then exec setsid "$@"
elif has perl; then exec perl -e "$P" 0 "$@"
else exec python3 -c "$Y" 0 "$@"; fi; }
rec() { cd "$MJ_D/" && unset MJ_C MJ_S MJ_SHOW || exit
n=0 t=0 h=0 k=
while :; do f= c=0 s=0
if [ $h = 0 ] || dd if=/dev/zero of=free bs=65536 count=1; then rm -f free; dd bs=8192 count=$MJ_N of=o.$n || f=1
else rm -f free; f=1; fi
[ ! -e o.$n ] || s=$(wc -c <o.$n); s=$((s+0))
if [ $s -gt 0 ]; then k="$k $n:$s" t=$((t+s)) h=0; else rm -f o.$n; fi
if [ $f ]; then c=$(dd bs=8192 count=128 | wc -c); c=$((c+0))
[ $c -gt 0 ] || break
if [ $h -gt 0 ]; then mv lost.$((n-h)).$h lost.$((n-h)).$((h+c)); else : >lost.$((n+s)).$c; fi
h=$((h+c))
elif [ $s = 0 ]; then break; fi
n=$((n+s+c)); set -- $k
while [ $t -gt $MJ_CAP ] && [ $# -gt 2 ]; do
a=$1 e=$2; shift 2; set -- $a "$@"; rm -f o.@{e%:*}; t=$((t-@{e#*:})); done
k=$*; done; rm -f open; } 2>/dev/null
why() { echo "$MJ_ID no $*"; exit 1; }
M='org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager'
ask() { busctl get-property $M $1 2>/dev/null; }
logind() { MJ_W=; [ -d /run/systemd/system ] && has busctl || return 0
[ "$(ask KillUserProcesses)" = 'b true' ] || return 0
case $(ask KillExcludeUsers) in *"\"$n\""*) return 0;; esac
case $(ask KillOnlyUsers) in ''|'as 0'|*"\"$n\""*) ;; *) return 0;; esac
w='systemd-logind ends all that a login leaves behind (KillUserProcesses=yes)'
[ -e /var/lib/systemd/linger/$n ] || why "$w and $n may not linger;loginctl enable-linger there changes that"
XDG_RUNTIME_DIR=@{XDG_RUNTIME_DIR:-/run/user/$u}; export XDG_RUNTIME_DIR
MJ_W='systemd-run --user --scope --quiet --'; $MJ_W true </dev/null >/dev/null 2>&1 ||
why "$w and systemd-run --user --scope fails;try it there by hand"; }
place() { [ -d "$1" ] || { w="$w $1 cannot be made,"; return 1; }
[ ! -L "$1" ] || { w="$w $1 is a symbolic link,"; return 1; }
set -- "$1" $(ls -ldn "$1"); [ "$4" = $u ] || { w="$w $1 belongs to another user,"; return 1; }
case $2 in d???------*) ;; *) w="$w $1 is open to other users,"; return 1;; esac
MJ_D=$1/$MJ_ID; mkdir "$MJ_D" 2>/dev/null || { w="$w $1 cannot be written to,"; return 1; }
{ printf '%-79s\n' starting >"$MJ_D/state" && : >"$MJ_D/open" && { [ $MJ_IN = null ] || mkfifo "$MJ_D/in"; } &&
printf '%s\n' 1 "$B" "$H" "$(date +%s)" "$MJ_SH" $MJ_IN "$a" "$MJ_SHOW" >"$MJ_D/meta" &&
[ -s "$MJ_D/state" ] && [ -s "$MJ_D/meta" ]; } 2>/dev/null ||
{ rm -rf "$MJ_D"; w="$w $1 is full,"; return 1; }; }
case @{MJ_R-} in
'') MJ_U=$(umask); umask 077; [ "$MJ_U" ] || why 'sh cannot start another process'
u=$(id -u) n=$(id -un) h=$HOME w=
case $n in ''|*[!A-Za-z0-9._-]*) ;; *) eval "h=~$n"; case $h in /*) ;; *) h=$HOME;; esac;; esac
for c in dd mkfifo wc; do has $c || why "it has no $c"; done
has setsid || has perl || has python3 || why 'it has none of setsid, perl and python3 to detach the command from the login'
[ $MJ_IN != pty ] || has script || why 'it has no script(1), which gives the command its terminal'
logind
case @{SHELL##*/} in "$MJ_K") MJ_SH=$SHELL;; *) for MJ_SH in "$MJ_K" ksh sh; do has $MJ_SH && break; done;; esac
{ read -r H </proc/sys/kernel/hostname || H=$(uname -n)
read -r B </proc/sys/kernel/random/boot_id || B=$(sysctl -n kern.bootsessionuuid || sysctl -n kern.boottime || who -b); } 2>/dev/null
b= a=$PWD; case $a in *'
'*) a=$(printf %s "$a" | tr '\n' ' ');; esac
for d in "$h/.local/state/mcp-ssh-session/jobs" /var/tmp/mcp-ssh-session-$u /tmp/mcp-ssh-session-$u /dev/shm/mcp-ssh-session-$u; do
case $d in */jobs) mkdir -p "$d";; *) mkdir "$d";; esac 2>/dev/null
place "$d" && b=$d && break; done
[ "$b" ] || why "no directory can keep its record:@{w%,}"
MJ_R=sup; export MJ_R MJ_D MJ_U MJ_SH; leave "mcp-ssh-session job $MJ_ID"
echo "$MJ_ID yes $n $MJ_D";;
sup) trap : HUP INT QUIT TERM; S=$(born $$); MJ_R=run MJ_O=@{SHELL-} MJ_P="$$ $S"; export MJ_O MJ_P
mkfifo "$MJ_D/p" || exit
rec <"$MJ_D/p" >/dev/null & exec >"$MJ_D/p"; rm -f "$MJ_D/p"
case $MJ_IN in
null) ( lead ) </dev/null;;
fifo) ( lead ) <>"$MJ_D/in";;
pty) if script --version 2>/dev/null | grep -q util-linux
then SHELL=/bin/sh script -qfec 'exec sh -c "eval \"\$MJ_S\"" mj' /dev/null <>"$MJ_D/in" 2>&1
else script -q /dev/null sh -c 'eval "$MJ_S"' mj <>"$MJ_D/in" 2>&1; fi;;
esac
s=$?; [ $s -gt 255 ] && s=$((s%128+128)); put "exited $s $(date +%s) $MJ_P";;
run) exec 2>&1; [ $MJ_IN = pty ] && stty rows 50 cols 200
if [ "$MJ_O" ]; then SHELL=$MJ_O; else unset SHELL; fi
put "running $$ $(born $$) $MJ_P"; umask $MJ_U
unset MJ_S MJ_R MJ_D MJ_U MJ_O MJ_P MJ_W MJ_K MJ_ID MJ_SHOW MJ_IN MJ_CAP MJ_N
case @{MJ_SH##*/} in
fish) c='set -l c $MJ_C;set -e MJ_C;set -e MJ_SH;eval $c';;
*) c='eval "unset MJ_C MJ_SH;$MJ_C"';; esac
exec "$MJ_SH" -c "$c";;
esac`.trim().replaceAll("@{", "${");
