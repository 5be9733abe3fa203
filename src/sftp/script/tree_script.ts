import { posixScript, PRELUDE } from "./script_text.ts";
import { WALK } from "./walk_script.ts";

/**
 * One step `$op` of copying a tree, on `$p`. Names and link texts are said as hex digits.
 *
 * `stat` says facts (links followed), `list` an `entry` for each name (links not followed),
 * `readlink` a `text`, `resolve` the `path` at the end of its links. `mkdir` makes a directory unless
 * it is there, `finish` gives one its mode `$perm` and time `$stamp`. `symlink` makes a link with
 * `$text` and `commit` takes the file `$p` of `$size` bytes: both are renamed to `$name` beside it.
 * Nothing is written for root in a directory that somebody else can change (see {@link WALK}).
 */
export const TREE_SCRIPT: string = PRELUDE + WALK + posixScript`
strict= d=
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
lfacts() {
  if s_=$(stat -c '%f %s %Y' "$1" 2>/dev/null); then :
  elif s_=$(stat -f '%Xp %z %m' "$1" 2>/dev/null); then :
  else set -- $(ls -ldn "$1"); s_="$1 $5 0"; fi
}
case $op in
  stat)
    if [ ! -e "$p" ]; then absent "$p"; fail "$e"; fi
    facts "$p"
    exit 0 ;;
  list)
    e=$(cd "$p" 2>&1) || fail "$e"
    cd "$p"
    [ -r . ] || fail ': Permission denied'
    set +f
    for x in ./* ./.[!.]* ./..?*; do
      [ -e "$x" ] || [ -L "$x" ] || continue
      lfacts "$x"
      say entry "$s_ $(hex "@{x#./}")"
    done
    say "done"
    exit 0 ;;
  readlink)
    x=$(readlink "$p" && echo .) || fail ': Invalid argument'
    say text "$(hex "@{x%??}")"
    exit 0 ;;
esac
[ "$me" != 0 ] || strict=1
walk
[ $k != open ] || [ -z "$strict" ] || unsafe directory "$du" "@{at:-/}"
stamped() {
  [ -z "$perm" ] || { e=$(chmod "$perm" "$1" 2>&1) || fail "$e"; }
  [ -z "$stamp" ] || TZ=UTC0 touch -t "$stamp" "$1" 2>/dev/null || say note times
}
replace() {
  [ ! -d "./$name" ] || [ -L "./$name" ] || { rm -f "./$c"; fail ': Is a directory'; }
  case $(mv -fT /dev/null/x /dev/null/y 2>&1) in *option*) T= ;; *) T=T ;; esac
  [ -n "$T" ] || [ ! -L "./$name" ] || rm -f "./$name"
  e=$(mv -f$T "./$c" "./$name" 2>&1) || { rm -f "./$c"; fail "$e"; }
}
case $op in
  resolve) say path "$(hex "$at/$c")" ;;
  mkdir) [ -d "./$c" ] || { e=$(mkdir -m 700 "./$c" 2>&1) || fail "$e"; } ;;
  finish) stamped "./$c" ;;
  remove) rm -f "./$c" ;;
  rmdir) e=$(rmdir "./$c" 2>&1) || fail "$e" ;;
  symlink)
    e=$(ln -s "$text" "./$c" 2>&1) || fail "$e"
    replace ;;
  commit)
    s=$(wc -c <"./$c")
    [ "$((s))" = "$size" ] || { rm -f "./$c"; say cut $s; exit 1; }
    if [ -e "./$name" ]; then
      set -- $(ls -ldn "./$name")
      chown "$3:$4" "./$c" 2>/dev/null || say note "owner $3:$4"
    fi
    stamped "./$c"
    replace ;;
esac
say "done"
`;
