/**
 * The beginning of all scripts on records: whose and where they are, and how one is looked at.
 *
 * `$N` is the nonce that begins each line of an answer. `find` enters a record; `look` sets what its
 * files say and `l`, which compares that with the processes there are.
 */
const PRELUDE = String.raw`
LC_ALL=C; export LC_ALL; umask 077; T='	'
{ read -r H </proc/sys/kernel/hostname || H=$(uname -n)
read -r B </proc/sys/kernel/random/boot_id || B=$(sysctl -n kern.bootsessionuuid || sysctl -n kern.boottime || who -b); } 2>/dev/null
say() { printf '\n%s %s\n' "$N" "$*"; }
enter() { [ -d "$1" ] && [ -O "$1" ] && [ ! -L "$1" ] && cd "$1" 2>/dev/null; }
places() { u=$(id -u) n=$(id -un) h=$HOME
case $n in ''|*[!A-Za-z0-9._-]*) ;; *) eval "h=~$n"; case $h in /*) ;; *) h=$HOME;; esac;; esac; }
find_() { enter "$HOME/.local/state/mcp-ssh-session/jobs" && enter "$1" && [ -f state ] && return
places; for d in "$h/.local/state/mcp-ssh-session/jobs" /var/tmp/mcp-ssh-session-$u /tmp/mcp-ssh-session-$u /dev/shm/mcp-ssh-session-$u; do
enter "$d" && enter "$1" && [ -f state ] && return; done; say none; exit; }
lives() { x=; if { read -r x <"/proc/$1/stat"; } 2>/dev/null; then x=@{x##*\) }; case $x in Z*|X*) return 1;; esac
q=$2; set -- $x; [ "@{20}" = "$q" ]
elif [ -r /proc/self/stat ]; then return 1
else [ "$(TZ=UTC0 ps -o lstart= -p "$1" | tr -s ' ' _)" = "$2" ]; fi; }
look() { v= o= m= t=0 k= i= wd= w= s= p= g= r= e=
{ read -r v; read -r o; read -r m; read -r t; read -r k; read -r i; IFS= read -r wd; IFS= read -r w; } <"$1/meta"
read -r s p g r e <"$1/state"; l=-
case $s in starting|running)
if [ "$m" != "$H" ]; then l=elsewhere; elif [ "$o" != "$B" ]; then l=rebooted
elif [ $s = starting ]; then l=begun; elif ! lives $p $g; then l=dead; lives $r $e && l=ending
elif lives $r $e; then l=alive; else l=alone; fi;; esac
f= y=; [ -e "$1/open" ] && f=o
for q in "$1"/sig.*; do q=@{q##*/sig.}; [ "$q" = '*' ] || y="$y $q"; done; return 0; } 2>/dev/null
row() { say "job$T$1$T$s$T$p$T$g$T$l$T$f$T$2$T$t$T$(date +%s)$T$m$T$i$T$y$T$k$T$wd$T$w"; }
`;

/**
 * Whether there may be records of the user, by the shell alone: no program is started. Where another
 * user's directories are the only ones, there are none. A name of more than letters and digits is
 * looked up by the list itself, which takes some of them for a shell's word.
 */
export const HAS_RECORDS = 'h=$HOME; y=; case "${LOGNAME#*[[:space:][:punct:][:cntrl:]]}" in ' +
  '"$LOGNAME") eval "h=~$LOGNAME";; *) y=1;; esac; ' +
  'for d in "$HOME/.local/state/mcp-ssh-session/jobs" "$h/.local/state/mcp-ssh-session/jobs" ' +
  "/var/tmp/mcp-ssh-session-[0-9]* /tmp/mcp-ssh-session-[0-9]* /dev/shm/mcp-ssh-session-[0-9]*; " +
  'do [ -O "$d" ] && y=1; done; [ "$y" ]';

/** All records of the user: a line each, with the size of their last files behind them. */
const LIST = String.raw`
places; now=$(date +%s); F=
for d in "$h/.local/state/mcp-ssh-session/jobs" /var/tmp/mcp-ssh-session-$u /tmp/mcp-ssh-session-$u /dev/shm/mcp-ssh-session-$u; do
enter "$d" || continue
for j in j*; do [ -f "$j/state" ] || continue; look "$j"; b=0
for a in "$j"/o.*; do a=@{a##*/o.}; case $a in *[!0-9]*) ;; *) [ $a -ge $b ] && b=$a;; esac; done
F="$F
$d/$j/o.$b"
printf '%s\n' "$N job$T$j$T$s$T$p$T$g$T$l$T$f$T$b$T$t$T$now$T$m$T$i$T$y$T$k$T$wd$T$w"; done; done
say sizes; set -f; IFS='
'; set -- $F; [ $# = 0 ] || wc -c "$@" 2>/dev/null; say end`;

/**
 * State and output of the record `$id`: from `$off` on at most `$first` bytes, and the last `$last`.
 *
 * All of it where both meet. Each part of a file of output is a piece of its own.
 */
const READ = String.raw`
find_ $id; look .
size() { q=$(wc -c <o.$1) && echo $((q)) || echo 0; } 2>/dev/null
set --; for a in o.*; do [ -f $a ] && set -- "$@" @{a#o.}; done; z=0
[ $# -lt 2 ] || set -- $(printf '%s\n' "$@" | sort -n)
for a; do :; done; [ $# = 0 ] || { c=$(size $a); z=$((a+c)); }
for c in lost.*; do case $c in *'*') ;; *) c=@{c#lost.}; 
say hole @{c%.*} $((@{c%.*}+@{c#*.})); c=$((@{c%.*}+@{c#*.})); [ $c -gt $z ] && z=$c;; esac; done
row $id $z
[ $# -lt 2 ] || { c=$(size $1); c=$(($1+c)); [ $c -lt $2 ] && say hole $c $2; }
part() { from=$1 to=$2; shift 2
while [ $# -gt 0 ]; do a=$1 b=@{2:-$z}; shift; [ $b -gt $from ] && [ $a -lt $to ] || continue
c=$(size $a); b=$((a+c)); [ $b -gt $to ] && b=$to; c=$a; [ $from -gt $c ] && c=$from
[ $b -gt $c ] || continue
say piece $c; tail -c +$((c-a+1)) o.$a | head -c $((b-c)); done; } 2>/dev/null
[ $off -lt 0 ] && off=$((z+off)); [ $off -lt 0 ] && off=0; [ $off -gt $z ] && off=$z
if [ $((z-off)) -le $((first+last)) ]; then part $off $z "$@"
else [ $first -gt 0 ] && part $off $((off+first)) "$@"; [ $last -gt 0 ] && part $((z-last)) $z "$@"; fi
say end`;

/** Sends `$sig` to the command of the record `$id`, by its terminal where it has one. */
const SIGNAL = String.raw`
find_ $id; look .
case $l in alive|alone) ;; *) say over; exit;; esac
g=$p; : >sig.$sig
if [ $i = pty ]; then case $sig in INT) b='\003';; QUIT) b='\034';; *) b=;; esac
if [ "$b" ] && [ $l = alive ]; then printf "$b" 1<>in && say sent; exit; fi
if { read -r x <"/proc/$p/stat"; } 2>/dev/null; then set -- @{x##*\) }; [ "$6" -gt 1 ] && g=$6; fi; fi
if kill -s $sig -- -$g 2>/dev/null || kill -s $sig -$g 2>/dev/null; then say sent; else say refused; fi`;

/**
 * Writes standard input to the command of the record `$id`; gives up where nobody reads it. Not before
 * it runs: a fifo that nobody else has open yet forgets its bytes when it is closed.
 */
const INPUT = String.raw`
find_ $id; look .; a=0
while [ $l = begun ] && [ $a -lt 100 ]; do a=$((a+1)); sleep 0.05 2>/dev/null || sleep 1; look .; done
case $l in alive) ;; begun) say full; exit;; *) say over; exit;; esac
[ -p in ] || { say closed; exit; }
exec 3<&0; cat <&3 1<>in & c=$!; a=0
while kill -0 $c 2>/dev/null; do a=$((a+1)); if [ $a -gt 40 ]; then kill $c; say full; exit; fi
sleep 0.05 2>/dev/null || sleep 1; done; say sent`;

/**
 * Removes finished records beyond the newest 200, and those older than a week. One of these runs at a
 * time on a host; the lock of one that was killed is void after 10 minutes.
 */
const CLEAN = String.raw`
places; for d in "$h/.local/state/mcp-ssh-session/jobs" /var/tmp/mcp-ssh-session-$u /tmp/mcp-ssh-session-$u /dev/shm/mcp-ssh-session-$u; do
enter "$d" || continue
mkdir .gc 2>/dev/null || { [ -n "$(find .gc -prune -mmin +10 2>/dev/null)" ] && rm -rf .gc; continue; }
b=" $(find . -name 'j*' -prune -mtime +7 2>/dev/null | tr '\n' ' ')"; c=0; ls -t | while read -r j; do case $j in j*) ;; *) continue;; esac
[ -f "$j/state" ] || continue; look "$j"
case $s$l in exited-) [ "$f" ] && continue;; *rebooted|*dead) ;; *) continue;; esac; c=$((c+1))
q=; case $b in *" ./$j "*) q=1;; esac
if [ $c -gt 200 ] || [ $q ]; then mv "$j" ".gc/$j" && rm -rf ".gc/$j"; fi; done
rm -rf .gc; done; say end`;

/** The scripts by name. */
export const RECORD_SCRIPTS: Readonly<
  Record<"list" | "read" | "signal" | "input" | "clean", string>
> = {
  list: script(LIST),
  read: script(READ),
  signal: script(SIGNAL),
  input: script(INPUT),
  clean: script(CLEAN),
};

function script(body: string): string {
  return `${PRELUDE.trim()}${body}`.replaceAll("@{", "${");
}
