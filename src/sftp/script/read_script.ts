import { WALK } from "./walk_script.ts";
import { posixScript, PRELUDE } from "./script_text.ts";

/**
 * Reads `$n` bytes of `$p` from block `$skip` (of 4,096 bytes) and `$rest` bytes further.
 *
 * Runs in any POSIX sh with coreutils, busybox or BSD tools. Says `facts`, `begin`, the bytes,
 * `end` with the reader's status, and `facts` again; or `kind`, `link`, `unsafe` or `error`.
 *
 * Whoever may read as root learns nothing new through a link, so links are followed where the kernel
 * with fs.protected_symlinks follows them, and refused in sticky directories of others.
 */
export const READ_SCRIPT: string = PRELUDE + WALK + posixScript`
strict= d=
walk
f=./$c
if [ ! -e "$f" ]; then
  absent "$f"
  [ $i = 0 ] || say link "$(printf %s "$at/$c" | tr '\n' ' ')"
  fail "$e"
fi
special "$f"
e=$(dd if="$f" of=/dev/null count=0 2>&1) || fail "$e"
facts "$f"
w=
if [ ! -s "$f" ] && timeout 1 true 2>/dev/null; then w="timeout 10"; fi
opened() {
  [ "$me" = 0 ] && [ $k != closed ] && l=$(readlink /proc/self/fd/0) || return 0
  case $l in "$at/$c"|"$at/$c (deleted)") ;; *) unsafe moved - "$at/$c" ;; esac
}
{
  opened
  say begin
  [ "$skip" = 0 ] || dd bs=4096 skip="$skip" count=0 2>/dev/null
  [ "$rest" = 0 ] || dd bs=1 skip="$rest" count=0 2>/dev/null
  if head -c 1 </dev/null >/dev/null 2>&1; then $w head -c "$n"
  else $w dd bs=4096 count="$count" 2>/dev/null; fi
} <"$f"
say end $?
facts "$f"
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
