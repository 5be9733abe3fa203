/**
 * One shell assignment in printable ASCII on one line, whatever the value holds but NUL.
 *
 * Everything beyond plain characters goes as octal escapes of its UTF-8 bytes; the dot keeps line
 * feeds at the end, which command substitution would drop (POSIX XCU §2.6.3).
 */
export function assignment(name: string, value: string): string {
  if (/^[\w./:@%+=,-]*$/.test(value)) return `${name}='${value}'`;
  const escaped = Array.from(new TextEncoder().encode(value), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w./]/.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
  return `${name}=$(printf '${escaped}.'); ${name}=\${${name}%.}`;
}

/** `@{` stands for the shell's own dollar and brace. */
function posixScript(text: TemplateStringsArray): string {
  return text.raw[0]!.replaceAll("@{", "${");
}

/** Words on lines of their own are told from file content by `$N`, which is random. */
const PRELUDE = posixScript`
LC_ALL=C; export LC_ALL
trap '' PIPE
say() { printf '\n%s %s\n' "$N" "$*"; }
fail() { say error "$(printf %s "$*" | tr '\n' ' ')"; exit 1; }
kind() { say kind "$1"; exit 1; }
facts() {
  if f=$(stat -L -c '%f %u %g %s %Y %h' "$1" 2>/dev/null); then say facts hex $f
  elif f=$(stat -L -f '%Xp %u %g %z %m %l' "$1" 2>/dev/null); then say facts hex $f
  else set -- $(ls -ldnL "$1"); say facts ls $1 $3 $4 $5 0 $2; fi
}
special() {
  if [ -d "$p" ]; then kind directory
  elif [ -p "$p" ]; then kind fifo
  elif [ -S "$p" ]; then kind socket
  elif [ -b "$p" ]; then kind 'block device'
  elif [ -c "$p" ]; then kind 'character device'
  fi
}
absent() { e=$(ls -ldL "$p" 2>&1) && e='No such file or directory'; }
case $p in /*) ;; *) p=./$p ;; esac
`;

/**
 * Reads `$n` bytes of `$p` from block `$k` (of 4,096 bytes) and `$r` bytes further.
 *
 * Runs in any POSIX sh with coreutils, busybox or BSD tools. Says `facts`, `begin`, the bytes,
 * `end` with the reader's status, and `facts` again; or `kind`, `link` or `error`.
 */
export const READ_SCRIPT: string = PRELUDE + posixScript`
if [ ! -e "$p" ]; then
  absent
  [ ! -L "$p" ] || say link "$(readlink "$p" | tr '\n' ' ')"
  fail "$e"
fi
special
e=$(dd if="$p" of=/dev/null count=0 2>&1) || fail "$e"
facts "$p"
w=
if [ ! -s "$p" ] && timeout 1 true 2>/dev/null; then w="timeout 10"; fi
say begin
{
  [ "$k" = 0 ] || dd bs=4096 skip="$k" count=0 2>/dev/null
  [ "$r" = 0 ] || dd bs=1 skip="$r" count=0 2>/dev/null
  if head -c 1 </dev/null >/dev/null 2>&1; then $w head -c "$n"
  else $w dd bs=4096 count="$c" 2>/dev/null; fi
} <"$p"
say end $?
facts "$p"
`;

/**
 * Reads `$n` bytes of `$p` from byte `$o` (from 1) by cat(1) under sudo, where no shell is allowed.
 *
 * Says `begin`, the bytes and `end` with the status of sudo; nothing is known of the file itself.
 */
export const CAT_SCRIPT: string = PRELUDE + posixScript`
say begin
exec 4>&1
s=$( {
  { elevated cat -- "$p" 4>&-; echo $? >&3; } | { tail -c "+$o" | head -c "$n"; } >&4
} 3>&1 )
say end "$s"
`;

/**
 * Writes `$n` bytes of standard input to `$p`: aside as `$a`, then over it by rename.
 *
 * `$d` is make or keep, `$w` replace or append, `$m` octal permissions or empty, `$o` accept or
 * refuse a change of owner. Where the directory takes no file or the target no rename, a file that
 * can be written is written in place from the complete copy, and restored if that fails. Whatever
 * ends it before, the file is as it was and nothing is left. Says `note`s, `done` and `facts`; or
 * `kind`, `cut`, `owner` or `error`.
 */
export const WRITE_SCRIPT: string = PRELUDE + posixScript`
t= b= made=
clean() {
  [ -z "$t" ] || rm -f "$t"
  [ -z "$b" ] || rm -f "$b"
  [ -n "$made" ] || return 0
  x=$dir
  while rmdir "$x" 2>/dev/null; do
    [ "$x" != "$made" ] || break
    x=@{x%/*}
  done
}
trap clean EXIT
trap 'exit 1' HUP INT TERM
i=0
while [ -L "$p" ]; do
  i=$((i + 1))
  [ $i -le 40 ] || fail ': Too many levels of symbolic links'
  l=$(readlink "$p" && echo .) || fail ': Permission denied'
  l=@{l%??}
  case $l in /*) p=$l ;; *) p=@{p%/*}/$l ;; esac
done
dir=@{p%/*}
[ -n "$dir" ] || dir=/
case $p in */) kind directory ;; esac
special
old=
if [ -e "$p" ]; then old=1
else
  absent
  case $e in *'No such file'*) ;; *) fail "$e" ;; esac
  if [ ! -d "$dir" ]; then
    [ "$d" = make ] || { say nodir; exit 1; }
    made=$dir
    while x=@{made%/*}; [ -n "$x" ] && [ ! -e "$x" ]; do made=$x; done
    e=$(mkdir -p "$dir" 2>&1) || fail "$e"
  fi
fi
[ -n "$old" ] || w=replace
aside() { e=$( (umask 077; set -C; : >"$1") 2>&1 ) && t=$1; }
place=aside
if ! aside "$dir/$a"; then
  [ -n "$old" ] && [ -w "$p" ] || fail "$e"
  place=inplace y=$e
  aside "@{TMPDIR:-/tmp}/$a" || aside "/var/tmp/$a" || aside "$HOME/$a" || fail "$e"
fi
if [ "$n" != 0 ]; then
  if head -c 1 </dev/null >/dev/null 2>&1; then e=$( { head -c "$n" >"$t"; } 2>&1 )
  else e=$( { dd bs=1 count="$n" >"$t"; } 2>&1 ); fi
  r=$?
  s=$(wc -c <"$t")
  if [ "$((s))" != "$n" ]; then
    [ $r != 153 ] || fail ': File too large'
    [ $r = 0 ] || fail "@{e:-: status $r}"
    say cut $s
    exit 1
  fi
fi
e=$(dd if=/dev/null of="$t" conv=notrunc,fsync 2>&1) ||
  case @{e##*: } in *pace*|*uota*|*nput/output*) fail "$e" ;; esac
numbers() {
  if q=$(stat -c '%u %g %a %h' "$1" 2>/dev/null); then :
  elif q=$(stat -f '%u %g %Mp%Lp %l' "$1" 2>/dev/null); then :
  else
    set -- $(ls -ldn "$1")
    z() { echo "$1" | cut -c"$2" | sed 's/s/xs/;s/S/s/;s/t/xt/;s/T/t/;s/-//g'; }
    q="$3 $4 u=$(z "$1" 2-4),g=$(z "$1" 5-7),o=$(z "$1" 8-10) $2"
  fi
}
size() { wc -c <"$p" | tr -d ' '; }
permit() { [ -z "$m" ] || { e=$(chmod "$m" "$1" 2>&1) || fail "$e"; }; }
finish() { say "done" "$1"; say path "$(printf %s "$p" | tr '\n' '?')"; facts "$p"; exit 0; }
append() {
  [ -w "$p" ] || fail ': Permission denied'
  permit "$p"
  s=$(size)
  trap '' HUP INT TERM
  e=$( { cat "$t" >>"$p"; } 2>&1 ) && finish appended
  z=$(size)
  [ "$z" -le "$s" ] || [ "$z" -ge $((s + n)) ] || dd if=/dev/null of="$p" bs=1 seek="$s" 2>/dev/null
  fail "$e"
}
inplace() {
  trap '' HUP INT TERM
  [ "$(size)" -le 67108864 ] || fail ': Permission denied'
  e=$( (umask 077; set -C; cat "$p" >"$t.old") 2>&1 ) || { b=$t.old; fail "$e"; }
  b=$t.old
  permit "$p"
  if e=$( { cat "$t" >"$p"; } 2>&1 ); then
    say note "in-place $(printf %s "$y" | tr '\n' ' ')"
    finish replaced
  fi
  cat "$b" >"$p" 2>/dev/null
  fail "$e"
}
[ "$w" != append ] || append
[ "$place" != inplace ] || inplace
if [ -n "$old" ]; then
  cp --attributes-only --preserve=all "$p" "$t" 2>/dev/null && touch "$t"
  numbers "$p"; set -- $q
  chown "$1:$2" "$t" 2>/dev/null || chgrp "$2" "$t" 2>/dev/null
  u=$1 g=$2 h=$4
  [ -n "$m" ] && x= || { x=1; m=$3; }
  numbers "$t"; set -- $q
  if [ "$1 $2" != "$u $g" ]; then
    say owner "$1 $2 $u $g"
    [ "$o" = accept ] || exit 1
  fi
  permit "$t"
  [ -z "$x" ] || [ "$1" = "$u" ] || chmod u-s "$t"
  [ -z "$x" ] || [ "$2" = "$g" ] || chmod g-s "$t"
  [ "$h" = 1 ] || say note "links $h"
  case $(ls -ld "$p" | cut -c11)$(ls -ld "$t" | cut -c11) in '++') ;; +*) say note acl ;; esac
elif [ -n "$m" ]; then permit "$t"
else chmod =rw "$t"
fi
case $(mv -fT /dev/null/x /dev/null/y 2>&1) in *option*) T= ;; *) T=T ;; esac
[ ! -d "$p" ] || fail ': Is a directory'
if e=$(mv -f$T "$t" "$p" 2>&1); then
  if [ -d "$p" ]; then t=$p/$a; fail ': Is a directory'; fi
  t= made=
  if [ -n "$old" ]; then finish replaced; else finish created; fi
fi
case @{e##*: } in
  *usy*|*denied*|*ermitted*)
    [ -z "$old" ] || [ -d "$p" ] || [ ! -w "$p" ] || { [ -z "$x" ] || m=; y=$e; inplace; } ;;
esac
fail "$e"
`;
