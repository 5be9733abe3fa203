import { posixScript, PRELUDE } from "./script_text.ts";
import { WALK } from "./walk_script.ts";

/**
 * Writes `$n` bytes of standard input to `$p`: aside as `$a`, then over it by rename.
 *
 * With `$held`, an edit: that many bytes of the old content follow those of the new one, the file must
 * be equal to them when it is replaced, and `$a` is a name that only one edit can have. With `$keep`
 * the old file stays beside it as `NAME.~N~`.
 *
 * `$d` is make or must-exist, `$w` replace or append, `$m` octal permissions or empty, `$o` accept or
 * refuse a change of owner. Where the directory takes no file or the target no rename, a file that
 * can be written is written in place from the complete copy, and restored if that fails. Whatever
 * ends it before, the file is as it was and nothing is left. Says `note`s, `done` and `facts`; or
 * `kind`, `cut`, `owner`, `unsafe`, `busy`, `changed` or `error`.
 *
 * In a directory that somebody else can change (see {@link WALK}) the new file is made in a
 * directory `$a` of mode 0700, which nobody else can enter. As root the old file gets a second name
 * there (link(2) does not follow), so what is looked at, copied and appended to cannot be swapped,
 * and nothing is written in place. Only rename(2), which follows no link, names what others control.
 */
export const WRITE_SCRIPT: string = PRELUDE + WALK + posixScript`
t= b= box= facts= was= kept=
clean() {
  for x in "$t" "$b" "$was" "$kept"; do [ -z "$x" ] || rm -f "$x"; done
  if [ -n "$box" ]; then
    rm -f ./old
    cd -P .. && rmdir "./$a"
  fi
  unmake
}
trap clean EXIT
trap 'exit 1' HUP INT TERM
strict=
[ "$me" != 0 ] || strict=1
walk
f=./$c to=./$c old=
special "$f"
if [ -e "$f" ]; then old=1
else
  absent "$f"
  case $e in *'No such file'*) ;; *) fail "$e" ;; esac
fi
[ -n "$old" ] || w=replace
aside() { e=$( (umask 077; set -C; : >"$1") 2>&1 ) && t=$1; }
shut() {
  [ $k = open ] || return 0
  e=$(mkdir -m 700 "./$a" 2>&1) || return
  cd -P "./$a" && here "$at/$a" || unsafe moved - "$at/$a"
  set -- $(ls -ldn .)
  case $1$3 in drwx--[-S]---*) ;; *) unsafe moved - "$at/$a" ;; esac
  [ "$3" = "$me" ] || unsafe moved - "$at/$a"
  box=1 f=../$c to=../$c
  [ -n "$old" ] && [ -n "$strict" ] || return 0
  case $(ln -P ./no ./nor 2>&1) in *option*) P= ;; *) P=-P ;; esac
  e=$(ln $P "$f" ./old 2>&1) || unsafe directory "$du" "@{at:-/}"
  f=./old
  [ ! -L "$f" ] || unsafe link "$du" "$at/$c"
  special "$f"
}
outside() { [ -d "$1" ] && (cd -P "$1" && class && [ $k != open ]) && aside "$1/$g"; }
changed() { say changed; exit 1; }
[ -z "$held" ] || [ -n "$old" ] || changed
[ -z "$held" ] || [ "@{#c}" -gt 200 ] || a=.mcp-ssh-edit-$c
place=aside
if shut && { if [ -n "$box" ]; then aside ./new; else aside "./$a"; fi; }; then :
else
  [ -z "$held" ] || [ ! -e "./$a" ] || { say busy "$(printf %s "$at/$a" | tr '\n' '?')"; exit 1; }
  [ -n "$old" ] && [ -w "$f" ] || fail "$e"
  [ $k != open ] || [ -z "$strict" ] || fail "$e"
  place=inplace y=$e
  outside "@{TMPDIR:-/tmp}" || outside /var/tmp || outside "$HOME" || fail "$e"
fi
if [ -n "$old" ]; then
  owner "$f"
  [ "$f" != ./old ] || H=$((H - 1))
  if [ $k != closed ]; then
    [ "$H" -le 1 ] || unsafe names "$U" "$at/$c"
    trusted "$U" || [ "$U" = "$du" ] || [ -z "$s$m" ] || unsafe file "$U" "$at/$c"
  fi
fi
total=$((n + @{held:-0}))
if [ "$total" != 0 ]; then
  if head -c 1 </dev/null >/dev/null 2>&1; then e=$( { head -c "$total" >"$t"; } 2>&1 )
  else e=$( { dd bs=1 count="$total" >"$t"; } 2>&1 ); fi
  r=$?
  s=$(wc -c <"$t")
  if [ "$((s))" != "$total" ]; then
    [ $r != 153 ] || fail ': File too large'
    [ $r = 0 ] || fail "@{e:-: status $r}"
    say cut $s
    exit 1
  fi
fi
if [ -n "$held" ]; then
  e=$( (umask 077; set -C; tail -c "+$((n + 1))" "$t" >"$t.was") 2>&1 ) || { was=$t.was; fail "$e"; }
  was=$t.was
  e=$(dd if=/dev/null of="$t" bs=1 seek="$n" 2>&1) || fail "$e"
fi
same() {
  [ -n "$held" ] || return 0
  if cmp /dev/null /dev/null 2>/dev/null; then cmp -s "$was" "$f" || changed
  else [ "$(cksum <"$was")" = "$(cksum <"$f")" ] || changed; fi
}
backup() {
  [ -n "$keep" ] && [ -z "$kept" ] || return 0
  [ $k != open ] || [ -z "$strict" ] || fail ': Permission denied'
  [ -z "$box" ] && bd=. || bd=..
  y_=$(ls -a "$bd" | while IFS= read -r l; do
    case $l in "$c".~[1-9]*~) l=@{l#"$c".~} l=@{l%?} ;; *) continue ;; esac
    case $l in *[!0-9]*|??????????*) ;; *) echo "$l" ;; esac
  done | sort -n | tail -n 1)
  h=$c.~$((@{y_:-0} + 1))~
  if [ "$1" = copy ] || ! ln "$f" "$bd/$h" 2>/dev/null; then
    [ ! -e "$bd/$h" ] && [ ! -L "$bd/$h" ] || fail ': File exists'
    kept=$bd/$h
    e=$(cp -p "$f" "$bd/$h" 2>&1) || fail "$e"
  fi
  kept=$bd/$h
  say backup "$(printf %s "$at/$h" | tr '\n' '?')"
}
e=$(dd if=/dev/null of="$t" conv=notrunc,fsync 2>&1) ||
  case @{e##*: } in *pace*|*uota*|*nput/output*) fail "$e" ;; esac
numbers() {
  if q=$(stat -c '%u %g %a' "$1" 2>/dev/null); then :
  elif q=$(stat -f '%u %g %Mp%Lp' "$1" 2>/dev/null); then :
  else
    set -- $(ls -ldn "$1")
    z() { echo "$1" | cut -c"$2" | sed 's/s/xs/;s/S/s/;s/t/xt/;s/T/t/;s/-//g'; }
    q="$3 $4 u=$(z "$1" 2-4),g=$(z "$1" 5-7),o=$(z "$1" 8-10)"
  fi
}
names() { stat -c %U:%G "$1" 2>/dev/null || stat -f %Su:%Sg "$1" 2>/dev/null || echo :; }
size() { wc -c <"$f" | tr -d ' '; }
permit() { [ -z "$m" ] || { e=$(chmod "$m" "$1" 2>&1) || fail "$e"; }; }
finish() {
  z=0 kept=
  say "done" "$1"
  say path "$(printf %s "$p" | tr '\n' '?')"
  if [ -n "$facts" ]; then printf '%s\n' "$facts"; else facts "$f"; fi
  exit 0
}
append() {
  [ -w "$f" ] || fail ': Permission denied'
  permit "$f"
  s=$(size)
  trap '' HUP INT TERM
  e=$( { cat "$t" >>"$f"; } 2>&1 ) && finish appended
  l=$(size)
  [ "$l" -le "$s" ] || [ "$l" -ge $((s + n)) ] || dd if=/dev/null of="$f" bs=1 seek="$s" 2>/dev/null
  fail "$e"
}
inplace() {
  trap '' HUP INT TERM
  [ "$(size)" -le 67108864 ] || fail ': Permission denied'
  e=$( (umask 077; set -C; cat "$f" >"$t.old") 2>&1 ) || { b=$t.old; fail "$e"; }
  b=$t.old
  [ -z "$kept" ] || { rm -f "$kept"; kept=; }
  backup copy
  same
  permit "$f"
  if e=$( { cat "$t" >"$f"; } 2>&1 ); then
    say note "in-place $(printf %s "$y" | tr '\n' ' ')"
    facts=
    finish replaced
  fi
  cat "$b" >"$f" 2>/dev/null
  fail "$e"
}
[ "$w" != append ] || append
[ "$place" != inplace ] || inplace
if [ -n "$old" ]; then
  cp --attributes-only --preserve=all "$f" "$t" 2>/dev/null && touch "$t"
  numbers "$f"; set -- $q
  chown "$1:$2" "$t" 2>/dev/null || chgrp "$2" "$t" 2>/dev/null
  u=$1 g=$2
  [ -n "$m" ] && x= || { x=1; m=$3; }
  numbers "$t"; set -- $q
  if [ "$1 $2" != "$u $g" ]; then
    say owner "$1 $2 $u $g $(names "$t") $(names "$f")"
    [ "$o" = accept ] || exit 1
  fi
  permit "$t"
  [ -z "$x" ] || [ "$1" = "$u" ] || chmod u-s "$t"
  [ -z "$x" ] || [ "$2" = "$g" ] || chmod g-s "$t"
  [ "$H" -le 1 ] || say note "links $H"
  case $(ls -ld "$f" | cut -c11)$(ls -ld "$t" | cut -c11) in '++') ;; +*) say note acl ;; esac
elif [ -n "$m" ]; then permit "$t"
else chmod =rw "$t"
fi
backup
same
facts=$(facts "$t")
case $(mv -fT /dev/null/x /dev/null/y 2>&1) in
  *option*)
    case $(mv -fh /dev/null/x /dev/null/y 2>&1) in *option*) T= ;; *) T=h ;; esac
    [ -n "$T$k" ] && [ "$T$k" != open ] || unsafe directory "$du" "@{at:-/}" ;;
  *) T=T ;;
esac
[ ! -d "$to" ] || fail ': Is a directory'
if e=$(mv -f$T "$t" "$to" 2>&1); then
  if [ "$T" != T ] && [ -d "$to" ]; then
    t=
    [ $k = open ] || t=$to/@{a}
    fail ': Is a directory'
  fi
  t=
  if [ -n "$old" ]; then finish replaced; else finish created; fi
fi
case @{e##*: } in
  *usy*|*denied*|*ermitted*)
    [ $k != open ] || [ -z "$strict" ] || fail "$e"
    [ -z "$old" ] || [ -d "$f" ] || [ ! -w "$f" ] || { [ -z "$x" ] || m=; y=$e; inplace; } ;;
esac
fail "$e"
`;
