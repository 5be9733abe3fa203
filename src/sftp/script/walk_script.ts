import { posixScript } from "./script_text.ts";

/**
 * `walk` goes to the directory of `$p` one name at a time and never comes back to it by its path.
 *
 * A program that works for root on a path can be sent elsewhere by whoever can write a directory on
 * that path: a name is swapped for a symbolic link between two system calls. So the directory is
 * entered and stays the working directory, and all that follows uses names in it alone. Each
 * directory on the way is one of three classes, `$k`:
 *
 * - `closed`: only root, the user of the script and the user who called sudo or doas can change it.
 *   Its links are followed.
 * - `sticky`: others can add names, but not change ours (/tmp). A link is followed if one of those
 *   users made it, as with fs.protected_symlinks (proc_sys_fs(5)).
 * - `open`: somebody else can change each name. With `$strict` links are not followed at all.
 *
 * A step out of a directory that is not closed is proved by getcwd(3), of a program of its own: some
 * shells compute `pwd -P` from the path. Where no link was followed, whoever owns an open directory
 * can but choose among the directories that lie below it.
 *
 * Sets `$c`, the last name; `$at`, the physical path of the directory; `$du`, its owner; `$k`; `$s`,
 * not empty if it is sticky; `$i`, the number of links. `$d` is `make` where directories that are
 * missing are made; `$z` counts them, for `unmake`. Says `unsafe` with a word, a uid and the path.
 */
export const WALK: string = posixScript`
me=$(id -u) by= z=0
if [ "$me" = 0 ]; then
  by=@{SUDO_UID:-}
  [ -n "$by" ] || [ -z "@{DOAS_USER:-}" ] || by=$(id -u "$DOAS_USER")
fi
trusted() { case " 0 $me $by " in *" $1 "*) return 0 ;; esac; return 1; }
unsafe() { say unsafe "$1 $2 $(printf %s "$3" | tr '\n' '?')"; exit 1; }
owner() { set -- $(ls -ldn "$1"); H=@{2:-0} U=@{3:--}; }
here() { h=$(env pwd -P && echo .) && [ "@{h%??}" = "$1" ]; }
class() {
  set -- $(ls -ldn .)
  du=@{3:--} s=
  case $1 in ?????w???[tT]*|????????w[tT]*) s=1 ;; esac
  case $1 in
    ?????w*|????????w*) [ -n "$s" ] && k=sticky || k=open ;;
    d*) k=closed ;;
    *) k=open ;;
  esac
  trusted "$du" || k=open
}
follow() {
  i=$((i + 1)) z=0
  [ $i -le 40 ] || fail ': Too many levels of symbolic links'
  if [ $k != closed ]; then
    owner "./$c"
    [ $k != open ] || [ -z "$strict" ] || unsafe link "$U" "$at/$c"
    [ -z "$s" ] || trusted "$U" || [ "$U" = "$du" ] || unsafe link "$U" "$at/$c"
  fi
  l=$(readlink "./$c" && echo .) || fail ': Permission denied'
  l=@{l%??}
  [ -n "$r" ] || case $l in /*) p=$l ;; *) p=@{p%/*}/$l ;; esac
  case $l in /*) cd /; at=; class ;; esac
  q=$l$r
}
step() {
  case $c in
    .) return ;;
    ..)
      z=0 at=@{at%/*}
      cd -P .. && here "@{at:-/}" || unsafe moved - "@{at:-/}"
      class
      return ;;
  esac
  if ! e=$(ls -ld "./$c/." 2>&1); then
    case $e in *'No such file'*) ;; *) fail "$e" ;; esac
    case $d in make) ;; '') fail "$e" ;; *) say nodir; exit 1 ;; esac
    e=$(mkdir "./$c" 2>&1) || fail "$e"
    z=$((z + 1))
  fi
  v=$k
  cd -P "./$c" || { [ $z = 0 ] || z=$((z - 1)); fail ': Permission denied'; }
  at=$at/$c
  [ $v = closed ] || here "$at" || { z=0; unsafe moved - "$at"; }
  class
}
unmake() {
  while [ $z -gt 0 ]; do
    z=$((z - 1)) c=@{at##*/} at=@{at%/*}
    cd -P .. && here "@{at:-/}" && rmdir "./$c" 2>/dev/null || return 0
  done
}
walk() {
  i=0 q=$p
  case $p in
    /*) cd /; at= ;;
    *)
      h=$(env pwd -P && echo .) || fail ': No such file or directory'
      at=@{h%??}
      [ "$at" != / ] || at=
      [ "$me" != 0 ] || { q=$at/$p at=; cd /; } ;;
  esac
  class
  while :; do
    while :; do case $q in /*) q=@{q#/} ;; *) break ;; esac; done
    c=@{q%%/*}
    r=@{q#"$c"}
    [ -n "$c" ] || kind directory
    if [ -L "./$c" ]; then follow
    elif [ -n "$r" ]; then step; q=$r
    else
      case $c in .|..) kind directory ;; esac
      return
    fi
  done
}
`;
